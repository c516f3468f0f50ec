#include "task_slopes.h"

#include "rnn_cases.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double task_loss(const pinna_train_task *task, const pinna_network *network,
                 size_t thread, size_t step, size_t first, size_t n,
                 float *grads)
{
    float *unused = zeros(network->params.n_values);
    pinna_error error = {{0}};
    double loss = 0;

    if (task->gradient(task->self, network, thread, step, first, n,
                       grads ? grads : unused, &loss, &error))
        fail_msg("%s", error.text);
    free(unused);
    return loss;
}

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* The loss at values + distance * direction. */
static double moved_loss(const pinna_train_task *task, pinna_network *network,
                         size_t step, size_t n, const float *values,
                         const float *direction, double distance)
{
    for (size_t i = 0; i < network->params.n_values; i++)
        network->params.values[i] =
            (float)((double)values[i] + distance * (double)direction[i]);
    return task_loss(task, network, 0, step, 0, n, NULL);
}

void assert_slopes(const pinna_train_task *task, pinna_network *network,
                   size_t step, size_t n)
{
    /* Large enough for the rounding of float, small enough for the cubes. */
    const double distance = 0.01;
    const size_t n_values = network->params.n_values;
    float *grads = zeros(n_values), *values = zeros(n_values);

    memcpy(values, network->params.values, n_values * sizeof(float));
    task_loss(task, network, 0, step, 0, n, grads);
    const double norm = sqrt(dot(grads, grads, n_values));
    assert_true(isfinite(norm) && norm > 1e-4);

    for (uint64_t seed = 0; seed < 4; seed++) {
        float *direction = random_floats(n_values, seed, 1);
        if (seed == 0)
            memcpy(direction, grads, n_values * sizeof(float));
        const double length = sqrt(dot(direction, direction, n_values));
        for (size_t i = 0; i < n_values; i++)
            direction[i] /= (float)length;

        const double above =
            moved_loss(task, network, step, n, values, direction, distance);
        const double below =
            moved_loss(task, network, step, n, values, direction, -distance);
        assert_close(dot(grads, direction, n_values),
                     (above - below) / (2 * distance), 0.01 * norm);
        free(direction);
    }
    memcpy(network->params.values, values, n_values * sizeof(float));
    free(grads);
    free(values);
}
