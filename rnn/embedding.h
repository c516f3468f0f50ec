/* rnn/embedding.h -- a row of a table for each token, as torch.nn.Embedding */
#ifndef PINNA_RNN_EMBEDDING_H
#define PINNA_RNN_EMBEDDING_H

#include <stddef.h>

/* ids [n_ids], each a row of table [n_tokens, n_out]; below 0: padding, a row
 * of zeros -> y [n_ids, n_out]. */
void pinna_embedding_forward(const float *table, size_t n_tokens, size_t n_out,
                             const int *ids, size_t n_ids, float *y);

/* dy [n_ids, n_out] adds into dtable [n_tokens, n_out]. */
void pinna_embedding_backward(const int *ids, size_t n_ids, const float *dy,
                              size_t n_tokens, size_t n_out, float *dtable);

#endif
