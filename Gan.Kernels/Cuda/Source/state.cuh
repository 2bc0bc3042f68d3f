// The words of the training step's state on the device (Gan.Kernels/StepState.cs).
#pragma once
#include "gan.cuh"

enum StepField { Step = 0, Epoch = 1, Row = 2, LatentRow = 3, FaultStep = 4, FaultSite = 5, FaultIndex = 6, CheckArrivals = 15 };

// Whether a fault is noted; false without a state.
DEVICE bool faulty(const uint* state) { return state && state[FaultStep] != 0; }
