#include "rnn/embedding.h"

#include <assert.h>
#include <string.h>

void pinna_embedding_forward(const float *table, size_t n_tokens, size_t n_out,
                             const int *ids, size_t n_ids, float *y)
{
    for (size_t i = 0; i < n_ids; i++) {
        assert(ids[i] < 0 || (size_t)ids[i] < n_tokens);
        if (ids[i] < 0)
            memset(y + i * n_out, 0, n_out * sizeof(float));
        else
            memcpy(y + i * n_out, table + (size_t)ids[i] * n_out,
                   n_out * sizeof(float));
    }
    (void)n_tokens;
}

void pinna_embedding_backward(const int *ids, size_t n_ids, const float *dy,
                              size_t n_tokens, size_t n_out, float *dtable)
{
    for (size_t i = 0; i < n_ids; i++) {
        assert(ids[i] < 0 || (size_t)ids[i] < n_tokens);
        if (ids[i] < 0)
            continue;
        float *row = dtable + (size_t)ids[i] * n_out;
        for (size_t j = 0; j < n_out; j++)
            row[j] += dy[i * n_out + j];
    }
    (void)n_tokens;
}
