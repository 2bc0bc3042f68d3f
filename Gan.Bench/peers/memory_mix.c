/*
 * What plain C loops get out of memory with the reads and writes of our memory-bound kernels, and no arithmetic to speak of: how much of the copy bandwidth
 * a kernel could reach at best. Arrays of 64 MiB, all threads at once in parts of 1 MiB, stores past the caches, medians; the loops take turns, so that a slow
 * moment hits all of them.
 *
 *   gcc -O3 -march=native -pthread memory_mix.c -o memory_mix && ./memory_mix [threads] [seconds]
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#define BYTES (64l << 20)
#define PART (1l << 20)
#define ARRAYS 7
#define MOST_SAMPLES 4000

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif

typedef float vec __attribute__((vector_size(LANES * 4)));
typedef int32_t ints __attribute__((vector_size(LANES * 4)));
typedef uint8_t pixels __attribute__((vector_size(LANES)));

static inline vec widen(const uint8_t *from)
{
#if defined(__AVX512F__)
    return (vec)_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)from)));
#elif defined(__AVX2__)
    return (vec)_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)from)));
#else
    pixels p;
    memcpy(&p, from, sizeof p);
    return __builtin_convertvector(__builtin_convertvector(p, ints), vec);
#endif
}

static inline void stream(float *to, vec v)
{
#if defined(__AVX512F__)
    _mm512_stream_ps(to, (__m512)v);
#elif defined(__AVX__)
    _mm256_stream_ps(to, (__m256)v);
#elif defined(__x86_64__)
    _mm_stream_ps(to, (__m128)v);
#else
    *(vec *)to = v;
#endif
}

#define LOAD(array) (*(const vec *)(array + i))

static volatile float sink;

/* y = x */
static void copy(float **a, long first, long last)
{
    for (long i = first; i < last; i += LANES)
        stream(a[1] + i, LOAD(a[0]));
}

/* dx = x + dy: the gradient of an activation */
static void two_to_one(float **a, long first, long last)
{
    for (long i = first; i < last; i += LANES)
        stream(a[2] + i, LOAD(a[0]) + LOAD(a[1]));
}

/* p, m, v from p, m, v and g: Adam, updated in place through the caches */
static void four_to_three(float **a, long first, long last)
{
    for (long i = first; i < last; i += LANES) {
        vec g = LOAD(a[3]);
        *(vec *)(a[4] + i) = LOAD(a[4]) + g;
        *(vec *)(a[5] + i) = LOAD(a[5]) + g;
        *(vec *)(a[6] + i) = LOAD(a[6]) + g;
    }
}

/* a sum: the statistics of BatchNorm */
static void read_one(float **a, long first, long last)
{
    vec s = {0}, t = {0};
    for (long i = first; i < last; i += 2 * LANES) {
        s += LOAD(a[0]);
        t += *(const vec *)(a[0] + i + LANES);
    }
    sink = (s + t)[0];
}

/* a sum over two arrays: the sums of BatchNorm's gradient */
static void read_two(float **a, long first, long last)
{
    vec s = {0}, t = {0};
    for (long i = first; i < last; i += LANES) {
        s += LOAD(a[0]);
        t += LOAD(a[1]);
    }
    sink = (s + t)[0];
}

/* floats from bytes: gather */
static void bytes_to_floats(float **a, long first, long last)
{
    const uint8_t *from = (const uint8_t *)a[0];
    for (long i = first; i < last; i += LANES)
        stream(a[1] + i, widen(from + i));
}

static const struct mix {
    const char *name;
    void (*run)(float **, long, long);
    double moved; /* in arrays */
} mixes[] = {
    {"copy", copy, 2}, {"two_to_one", two_to_one, 3}, {"four_to_three", four_to_three, 7},
    {"read_one", read_one, 1}, {"read_two", read_two, 2}, {"bytes_to_floats", bytes_to_floats, 1.25},
};
#define MIXES (int)(sizeof mixes / sizeof *mixes)

static float *arrays[ARRAYS];
static int threads, current, next_part, arrived, turn;
static double samples[MIXES][MOST_SAMPLES];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Waits, spinning, for all threads. A sleeping one would be woken late, and the time would begin without it. */
static void meet(void)
{
    int seen = __atomic_load_n(&turn, __ATOMIC_SEQ_CST);
    if (__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST) == threads) {
        arrived = 0;
        __atomic_add_fetch(&turn, 1, __ATOMIC_SEQ_CST);
    } else {
        while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) == seen)
            ;
    }
}

static void take_parts(void)
{
    long floats = PART / 4;
    for (long part; (part = __atomic_fetch_add(&next_part, 1, __ATOMIC_SEQ_CST)) < BYTES / PART;)
        mixes[current].run(arrays, part * floats, (part + 1) * floats);
#ifdef __x86_64__
    _mm_sfence();
#endif
}

static void *work(void *unused)
{
    for (;;) {
        meet();
        if (current < 0)
            return unused;
        take_parts();
        meet();
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    threads = argc > 1 ? atoi(argv[1]) : (int)sysconf(_SC_NPROCESSORS_ONLN);
    double seconds = argc > 2 ? atof(argv[2]) : 5;
    if (threads < 1 || threads > 1024 || !(seconds > 0)) {
        fprintf(stderr, "usage: memory_mix [threads 1..1024] [seconds]\n");
        return 2;
    }
    for (int i = 0; i < ARRAYS; i++) {
        arrays[i] = aligned_alloc(2 << 20, BYTES);
        if (!arrays[i]) {
            fprintf(stderr, "memory_mix: no memory for %d arrays of 64 MiB\n", ARRAYS);
            return 1;
        }
        madvise(arrays[i], BYTES, MADV_HUGEPAGE);
        for (long k = 0; k < BYTES / 4; k++)
            arrays[i][k] = 0.25f + k % 7;
    }
    pthread_t others[1024];
    for (long t = 1; t < threads; t++)
        pthread_create(&others[t], NULL, work, NULL);
    double deadline = now() + seconds;
    int count = 0;
    for (; count < 3 || (count < MOST_SAMPLES && now() < deadline); count++)
        for (current = 0; current < MIXES; current++) {
            next_part = 0;
            double start = now();
            meet();
            take_parts();
            meet();
            samples[current][count] = now() - start;
        }
    current = -1;
    meet();
    for (long t = 1; t < threads; t++)
        pthread_join(others[t], NULL);
    printf("{\"threads\": %d, \"mixes\": {", threads);
    for (int m = 0; m < MIXES; m++) {
        qsort(samples[m], count, sizeof(double), ascending);
        printf("%s\"%s\": {\"gbps\": %.2f, \"best_gbps\": %.2f}", m ? ", " : "", mixes[m].name, mixes[m].moved * BYTES / samples[m][count / 2] / 1e9,
               mixes[m].moved * BYTES / samples[m][0] / 1e9);
    }
    printf("}}\n");
    return 0;
}
