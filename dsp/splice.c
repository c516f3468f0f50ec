#include "dsp/splice.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DIM = 65536, MAX_CONTEXT = 1000 };

struct pinna_splice {
    size_t dim, left, right, stride;
    size_t n_rows; /* left + 1 + right */
    size_t n_pushed;
    size_t middle; /* the frame around which the next one to pull lies */
    bool finished;
    float rows[]; /* [n_rows, dim], the latest frames in a ring */
};

pinna_status pinna_splice_new(size_t dim, size_t left, size_t right,
                              size_t stride, pinna_splice **out)
{
    *out = NULL;
    if (dim == 0 || dim > MAX_DIM || left > MAX_CONTEXT ||
        right > MAX_CONTEXT || stride == 0)
        return PINNA_BAD_ARG;

    const size_t n_rows = left + 1 + right;
    pinna_splice *splice =
        calloc(1, sizeof *splice + n_rows * dim * sizeof(float));
    if (!splice)
        return PINNA_NO_MEMORY;
    splice->dim = dim;
    splice->left = left;
    splice->right = right;
    splice->stride = stride;
    splice->n_rows = n_rows;
    *out = splice;
    return PINNA_OK;
}

void pinna_splice_free(pinna_splice *splice)
{
    free(splice);
}

void pinna_splice_reset(pinna_splice *splice)
{
    splice->n_pushed = splice->middle = 0;
    splice->finished = false;
}

size_t pinna_splice_n_out(const pinna_splice *splice)
{
    return splice->n_rows * splice->dim;
}

static float *row(pinna_splice *splice, size_t t)
{
    return splice->rows + t % splice->n_rows * splice->dim;
}

static bool is_ready(const pinna_splice *splice)
{
    return splice->middle < splice->n_pushed &&
           (splice->finished ||
            splice->n_pushed - splice->middle > splice->right);
}

void pinna_splice_push(pinna_splice *splice, const float *frame)
{
    assert(!splice->finished && !is_ready(splice));
    memcpy(row(splice, splice->n_pushed), frame, splice->dim * sizeof *frame);
    splice->n_pushed++;
}

void pinna_splice_finish(pinna_splice *splice)
{
    splice->finished = true;
}

bool pinna_splice_pull(pinna_splice *splice, float *out)
{
    if (!is_ready(splice))
        return false;

    const size_t left = splice->left, last = splice->n_pushed - 1;
    for (size_t i = 0; i < splice->n_rows; i++) {
        const size_t t = splice->middle + i;
        const size_t at = t < left ? 0 : t - left < last ? t - left : last;
        memcpy(out + i * splice->dim, row(splice, at),
               splice->dim * sizeof *out);
    }
    splice->middle += splice->stride;
    return true;
}
