// Sizes of a matrix product. Twin of GemmShape in Cuda/Launch/ProductShapes.cs.
#pragma once
#include "product.cuh"

struct GemmShape
{
    int m, n, k, stride_a, stride_b; // strides of the stored matrices' rows, in elements
    Tiling tiling;
};
