/* rnn/kernels_avx2.c -- the kernels for CPUs with AVX2 and FMA */
#include "rnn/kernels_sets.h"

#define KERNELS_NAME   "avx2"
#define KERNELS_SYMBOL pinna_kernels_avx2
#define KERNELS_WIDTH  8
#include "rnn/kernels_body.h"
