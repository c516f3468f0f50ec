/* rnn/kernels_c.c -- the plain C twin of the kernels, for every machine */
#include "rnn/kernels_sets.h"

#define KERNELS_NAME   "c"
#define KERNELS_SYMBOL pinna_kernels_c
#define KERNELS_WIDTH  4
#include "rnn/kernels_body.h"
