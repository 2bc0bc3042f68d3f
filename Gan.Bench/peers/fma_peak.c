/*
 * Peak of fused multiply-adds in fp32, every thread at once: an independent check of the roofline's peak_gflops.
 * Twelve chains in registers a thread (4 cycles of latency on two ports need eight), vectors of the widest kind that -march=native has, or of VECTOR_BITS.
 * Prints the best of many short samples, as whatever else runs can only lower one, and the median, which says how much that was.
 *
 *   gcc -O3 -march=native -mprefer-vector-width=512 -pthread fma_peak.c -o fma_peak && ./fma_peak [threads] [seconds]
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifndef VECTOR_BITS
#if defined(__AVX512F__)
#define VECTOR_BITS 512
#elif defined(__AVX__)
#define VECTOR_BITS 256
#else
#define VECTOR_BITS 128
#endif
#endif

#define LANES (VECTOR_BITS / 32)
#define CHAINS 12

typedef float vec __attribute__((vector_size(VECTOR_BITS / 8)));

static pthread_barrier_t barrier;
#define MOST_SAMPLES 100000

static double started[1024], finished[1024], samples[MOST_SAMPLES];
static int count;
static int threads, done, arrived;
static long rounds = 1 << 14;
static double deadline;
static volatile float sink;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

/* a = a b + c goes to 1: no overflow, no denormals. The compiler contracts it into one instruction where there is one. */
static void __attribute__((noinline)) chains(long count)
{
    vec a[CHAINS], b, c;
    for (int l = 0; l < LANES; l++) {
        b[l] = 0.999f;
        c[l] = 0.001f;
        for (int i = 0; i < CHAINS; i++)
            a[i][l] = 0.05f * (i + 1); /* none is 1, where a chain stays: the compiler would leave it out */
    }
    vec a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], a4 = a[4], a5 = a[5];
    vec a6 = a[6], a7 = a[7], a8 = a[8], a9 = a[9], a10 = a[10], a11 = a[11];
    for (long r = 0; r < count; r++) {
        a0 = a0 * b + c, a1 = a1 * b + c, a2 = a2 * b + c, a3 = a3 * b + c;
        a4 = a4 * b + c, a5 = a5 * b + c, a6 = a6 * b + c, a7 = a7 * b + c;
        a8 = a8 * b + c, a9 = a9 * b + c, a10 = a10 * b + c, a11 = a11 * b + c;
    }
    vec sum = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11;
    float total = 0;
    for (int l = 0; l < LANES; l++)
        total += sum[l];
    sink = total;
}

/* The thread that leaves the barrier last in a round scores it, while the others wait at the next one. */
static void score(void)
{
    double from = started[0], to = finished[0];
    for (int t = 1; t < threads; t++) {
        if (started[t] < from) from = started[t];
        if (finished[t] > to) to = finished[t];
    }
    double gflops = 2.0 * CHAINS * LANES * rounds * threads / (to - from) / 1e9;
    samples[count++] = gflops;
    done = now() >= deadline || count == MOST_SAMPLES;
    arrived = 0;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void *work(void *argument)
{
    long thread = (long)argument;
    for (;;) {
        /* The barrier may wake a thread late; a sample starts when all are awake. */
        __atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
        while (__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) < threads)
            ;
        started[thread] = now();
        chains(rounds);
        finished[thread] = now();
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            score();
        pthread_barrier_wait(&barrier);
        if (done)
            return NULL;
    }
}

int main(int argc, char **argv)
{
    threads = argc > 1 ? atoi(argv[1]) : (int)sysconf(_SC_NPROCESSORS_ONLN);
    double seconds = argc > 2 ? atof(argv[2]) : 2;
    if (threads < 1 || threads > 1024 || !(seconds > 0)) {
        fprintf(stderr, "usage: fma_peak [threads 1..1024] [seconds]\n");
        return 2;
    }
    for (;; rounds *= 2) { /* 1 to 2 ms: long against the clock, short against a scheduler's time slice */
        double start = now();
        chains(rounds);
        if (now() - start > 0.001)
            break;
    }
    deadline = now() + seconds;
    pthread_barrier_init(&barrier, NULL, threads);
    pthread_t others[1024];
    for (long t = 1; t < threads; t++)
        pthread_create(&others[t], NULL, work, (void *)t);
    work((void *)0);
    for (long t = 1; t < threads; t++)
        pthread_join(others[t], NULL);
    qsort(samples, count, sizeof(double), ascending);
    printf("{\"threads\": %d, \"vector_bits\": %d, \"peak_gflops\": %.3f, \"median_gflops\": %.3f}\n", threads, VECTOR_BITS, samples[count - 1], samples[count / 2]);
    return 0;
}
