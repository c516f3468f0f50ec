/* tests/task_slopes.h -- the gradient of a training task against differences */
#ifndef PINNA_TESTS_TASK_SLOPES_H
#define PINNA_TESTS_TASK_SLOPES_H

#include <stddef.h>

#include "rnn/network.h"
#include "tools/trainer.h"

/* Loss of items first .. first + n - 1 of a step. Their gradient is added to
 * grads [n_values], which may be NULL. */
double task_loss(const pinna_train_task *task, const pinna_network *network,
                 size_t thread, size_t step, size_t first, size_t n,
                 float *grads);

/* Along the gradient itself and along random directions the slope of the loss
 * of items 0 .. n - 1 is what the gradient says. */
void assert_slopes(const pinna_train_task *task, pinna_network *network,
                   size_t step, size_t n);

#endif
