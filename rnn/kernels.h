/* rnn/kernels.h -- the inner loops of the nets, one set per CPU
 *
 * One body (kernels_body.h) is compiled for plain C, AVX2 with FMA and
 * AVX-512; the best that this CPU runs is chosen once. All are realtime-safe,
 * keep no state, and may be called from any thread. Results differ between
 * sets by float rounding only, and within one set never. */
#ifndef PINNA_RNN_KERNELS_H
#define PINNA_RNN_KERNELS_H

#include "dsp/status.h"

#include <stddef.h>

/* Rows of one panel of a packed matrix. */
#define PINNA_PANEL 32

typedef struct pinna_kernels {
    const char *name; /* "c", "avx2", "avx512" */

    /* y = W x + bias, W packed by pinna_pack(). x [n_in], bias [n_out] or
     * NULL, y [n_out]; y must not overlap x. */
    void (*matvec)(const float *packed, const float *bias, const float *x,
                   size_t n_out, size_t n_in, float *y);

    /* In place over n values; relative error below 3e-7 (absolute for tanh and
     * sigmoid). exp saturates instead of overflowing. */
    void (*exp)(float *x, size_t n);
    void (*sigmoid)(float *x, size_t n);
    void (*tanh)(float *x, size_t n);

    /* The largest of x [n], n > 0. */
    float (*max)(const float *x, size_t n);

    /* y [n] = exp(x - shift); gives their sum, taken in double. */
    double (*exp_sum)(const float *x, float shift, size_t n, float *y);

    /* x [n] *= factor. */
    void (*scale)(float *x, size_t n, float factor);

    /* One frame of one GRU state of n_hidden = H cells, reset gate applied
     * after the product (Cho et al. 2014, as cuDNN and PyTorch):
     *   r = sigmoid(xp_r + hp_r), z = sigmoid(xp_z + hp_z)
     *   n = tanh(xp_n + r hp_n),  h = (1 - z) n + z h_prev
     *   xp     [3H] = W x + b_ih, in the order r z n
     *   hp     [3H] = U h_prev + b_hh
     *   gates  [3H] takes r, z, n; may be xp
     *   h      [H]  may be h_prev */
    void (*gru_gates)(size_t n_hidden, const float *xp, const float *hp,
                      const float *h_prev, float *gates, float *h);

    /* The same in training, where the products are added up beforehand:
     *   gates  [3H] xp_r + hp_r, xp_z + hp_z, xp_n; takes r, z, n
     *   hp_n   [H] */
    void (*gru_gates_forward)(size_t n_hidden, float *gates, const float *hp_n,
                              const float *h_prev, float *h);

    /* Its backward: dh [H] is the whole gradient of h, and takes dh z, the
     * path around the gates.
     *   gates  [3H] takes the gradient of xp; of hp_r and hp_z it is the same
     *   hp_n   [H]  takes its gradient */
    void (*gru_gates_backward)(size_t n_hidden, float *gates, float *hp_n,
                               const float *h_prev, float *dh);

    /* One frame of one LSTM state (Hochreiter and Schmidhuber 1997 with the
     * forget gate of Gers et al. 2000, no peepholes, as PyTorch):
     *   i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), g = tanh(a_g)
     *   c = f c_prev + i g,  h = o tanh(c)
     *   gates  [4H] a in the order i f g o; takes i, f, g, o
     *   c      [H]  may be c_prev */
    void (*lstm_gates)(size_t n_hidden, float *gates, const float *c_prev,
                       float *c, float *h);

    /* Its backward: dh [H] is the whole gradient of h.
     *   gates [4H] takes the gradient of a
     *   c     [H]  of this frame
     *   dc    [H]  the gradient of c from the frame behind; takes that of
     *              c_prev */
    void (*lstm_gates_backward)(size_t n_hidden, float *gates,
                                const float *c_prev, const float *c,
                                const float *dh, float *dc);
} pinna_kernels;

/* The best set for this CPU. */
const pinna_kernels *pinna_kernels_best(void);

/* By name, or NULL when this CPU or build lacks it; for tests and benchmarks.
 */
const pinna_kernels *pinna_kernels_named(const char *name);

/* Floats in a packed matrix: rows are padded to whole panels. */
size_t pinna_packed_size(size_t n_out, size_t n_in);

/* weight [n_out, n_in] row-major -> packed [n_out / PANEL][n_in][PANEL]. */
void pinna_pack(const float *weight, size_t n_out, size_t n_in, float *packed);

#endif
