/* rnn/quantise.h -- weights of 8 bits with a scale for each row
 *
 * A matrix keeps its values as integers within +-127 and one float per row (per
 * output), symmetric about 0, so that an all-integer product needs no other
 * correction. Vectors, which are biases, stay float32. */
#ifndef PINNA_RNN_QUANTISE_H
#define PINNA_RNN_QUANTISE_H

#include "dsp/status.h"
#include "rnn/params.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest integer; -128 is never used. */
#define PINNA_INT8_MAX 127

/* One row: scale = max |row| / 127, q[i] = row[i] / scale to the nearest
 * integer, halves to even. A row of zeros has scale 0. Gives the scale. */
float pinna_quantise_row(const float *row, size_t n, int8_t *q);

/* Quantise every matrix of params, whose values become scale times integer.
 * PINNA_BAD_ARG when one is quantised already. On failure params are what they
 * were. */
pinna_status pinna_quantise_params(pinna_params *params);

/* Let the integers go and keep the values, which training can begin with. */
void pinna_unquantise_params(pinna_params *params);

/* Whether any matrix is quantised. */
bool pinna_is_quantised(const pinna_params *params);

#endif
