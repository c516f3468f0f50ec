#include "tests/naive_cell.h"

#include "tests/support.h"

#include <math.h>
#include <string.h>

enum { MAX_GATES = 4, MAX_HIDDEN = 64 };

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double product(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* W x + b_ih and U h + b_hh of one unit and gate. */
static double input_sum(const naive_cell *cell, size_t gate, size_t i,
                        const double *x)
{
    const size_t row = gate * cell->n_hidden + i;
    return cell->bias_ih[row] +
           product(cell->weight_ih + row * cell->n_in, x, cell->n_in);
}

static double state_sum(const naive_cell *cell, size_t gate, size_t i,
                        const double *h)
{
    const size_t row = gate * cell->n_hidden + i;
    return cell->bias_hh[row] +
           product(cell->weight_hh + row * cell->n_hidden, h, cell->n_hidden);
}

void naive_cell_step(const naive_cell *cell, const double *x, double *h,
                     double *c)
{
    const size_t H = cell->n_hidden;
    double before[MAX_HIDDEN], reset[MAX_HIDDEN];

    assert_true(H <= MAX_HIDDEN);
    memcpy(before, h, H * sizeof *h);
    for (size_t i = 0; i < H; i++)
        reset[i] = before[i] * sigmoid(input_sum(cell, 0, i, x) +
                                       state_sum(cell, 0, i, before));
    for (size_t i = 0; i < H; i++) {
        double xp[MAX_GATES], hp[MAX_GATES], n;
        for (size_t gate = 0; gate < pinna_cell_n_gates(cell->kind); gate++) {
            xp[gate] = input_sum(cell, gate, i, x);
            hp[gate] = state_sum(cell, gate, i, before);
        }
        switch (cell->kind) {
        case PINNA_CELL_GRU: /* r z n */
        case PINNA_CELL_GRU_RESET_BEFORE:
            n = cell->kind == PINNA_CELL_GRU
                    ? tanh(xp[2] + sigmoid(xp[0] + hp[0]) * hp[2])
                    : tanh(xp[2] + state_sum(cell, 2, i, reset));
            h[i] += (1 - sigmoid(xp[1] + hp[1])) * (n - h[i]);
            break;
        case PINNA_CELL_LSTM: /* i f g o */
            c[i] = sigmoid(xp[1] + hp[1]) * c[i] +
                   sigmoid(xp[0] + hp[0]) * tanh(xp[2] + hp[2]);
            h[i] = sigmoid(xp[3] + hp[3]) * tanh(c[i]);
            break;
        case PINNA_CELL_RNN_TANH:
            h[i] = tanh(xp[0] + hp[0]);
            break;
        case PINNA_CELL_RNN_RELU:
            h[i] = fmax(xp[0] + hp[0], 0);
            break;
        }
    }
}
