#include "rnn/weight_layout.h"

#include <assert.h>
#include <string.h>

enum { MAX_GATES = 4 };

/* Where others keep each of PyTorch's gates. */
static const size_t alone[MAX_GATES] = {0};
static const size_t onnx_lstm[MAX_GATES] = {0, 2, 3, 1};
static const size_t keras_lstm[MAX_GATES] = {0, 1, 2, 3};
static const size_t zrh[MAX_GATES] = {1, 0, 2};

static const size_t *gate_order(pinna_cell_kind kind, const size_t *lstm)
{
    switch (pinna_cell_n_gates(kind)) {
    case 1:
        return alone;
    case 3:
        return zrh;
    default:
        return lstm;
    }
}

/* from and to [G, n]: the gates in PyTorch's order. */
static void reorder(const float *from, const size_t *order, size_t n_gates,
                    size_t n, float *to)
{
    for (size_t gate = 0; gate < n_gates; gate++)
        memcpy(to + gate * n, from + order[gate] * n, n * sizeof(float));
}

/* from [n, G H] -> to [G H, n], with the gates in PyTorch's order. */
static void reorder_columns(const float *from, const size_t *order,
                            size_t n_gates, size_t n_hidden, size_t n,
                            float *to)
{
    const size_t width = n_gates * n_hidden;

    for (size_t gate = 0; gate < n_gates; gate++)
        for (size_t i = 0; i < n_hidden; i++)
            for (size_t j = 0; j < n; j++)
                to[(gate * n_hidden + i) * n + j] =
                    from[j * width + order[gate] * n_hidden + i];
}

static void reorder_or_zero(const float *from, const size_t *order,
                            size_t n_gates, size_t n, float *to)
{
    if (from)
        reorder(from, order, n_gates, n, to);
    else
        memset(to, 0, n_gates * n * sizeof(float));
}

void pinna_layout_from_onnx(pinna_cell_kind kind, const float *w,
                            const float *r, const float *b,
                            const pinna_layout_cell *to)
{
    const size_t G = pinna_cell_n_gates(kind), H = to->n_hidden;
    const size_t *order = gate_order(kind, onnx_lstm);

    reorder(w, order, G, H * to->n_in, to->weight_ih);
    reorder(r, order, G, H * H, to->weight_hh);
    reorder_or_zero(b, order, G, H, to->bias_ih);
    reorder_or_zero(b ? b + G * H : NULL, order, G, H, to->bias_hh);
}

void pinna_layout_from_keras(pinna_cell_kind kind, const float *kernel,
                             const float *recurrent_kernel, const float *bias,
                             size_t n_bias_rows, const pinna_layout_cell *to)
{
    const size_t G = pinna_cell_n_gates(kind), H = to->n_hidden;
    const size_t *order = gate_order(kind, keras_lstm);

    assert(n_bias_rows <= 2);
    reorder_columns(kernel, order, G, H, to->n_in, to->weight_ih);
    reorder_columns(recurrent_kernel, order, G, H, H, to->weight_hh);
    reorder_or_zero(n_bias_rows > 0 ? bias : NULL, order, G, H, to->bias_ih);
    reorder_or_zero(n_bias_rows > 1 ? bias + G * H : NULL, order, G, H,
                    to->bias_hh);
}

void pinna_layout_dense_from_keras(const float *kernel, size_t n_in,
                                   size_t n_out, float *weight)
{
    for (size_t i = 0; i < n_out; i++)
        for (size_t j = 0; j < n_in; j++)
            weight[i * n_in + j] = kernel[j * n_out + i];
}
