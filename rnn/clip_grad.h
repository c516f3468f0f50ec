/* rnn/clip_grad.h -- gradient clipping by norm, Pascanu, Mikolov and Bengio
 * 2013
 */
#ifndef PINNA_RNN_CLIP_GRAD_H
#define PINNA_RNN_CLIP_GRAD_H

#include <stddef.h>

/* Scale grads [n] to a Euclidean norm of at most max_norm (times
 * max_norm / (norm + 1e-6), as PyTorch); returns the norm before. A norm that
 * is not finite leaves the gradients as they are: the caller skips the step. */
double pinna_clip_grad_norm(float *grads, size_t n, double max_norm);

#endif
