#include "tests/optimiser_cases.h"

#include <string.h>

#include "rnn/clip_grad.h"
#include "tests/rnn_cases.h"
#include "tests/support.h"

enum { N_P = 37, N_Q = 15, N = OPTIMISER_CASE_N, N_STEPS = 6 };

static void join_step(const reference *file, const char *p, const char *q,
                      size_t step, float *out)
{
    memcpy(out, reference_floats(file, p, 0) + step * N_P, N_P * sizeof(float));
    memcpy(out + N_P, reference_floats(file, q, 0) + step * N_Q,
           N_Q * sizeof(float));
}

void check_optimiser_case(const char *name, double clip,
                          void (*step)(void *optimiser, const float *grads,
                                       float *values),
                          void *optimiser)
{
    reference *file = rnn_case(name);
    if (!file)
        return;

    float values[N], grads[N], want[N];
    const float *norms = reference_floats(file, "grad_norm", N_STEPS);
    join_step(file, "p0", "q0", 0, values);
    for (size_t i = 0; i < N_STEPS; i++) {
        join_step(file, "grad_p", "grad_q", i, grads);
        if (clip > 0) {
            const double norm = pinna_clip_grad_norm(grads, N, clip);
            assert_close(norm, (double)norms[i],
                         OUTPUT_TOLERANCE * (double)norms[i]);
        }
        step(optimiser, grads, values);
        join_step(file, "p", "q", i, want);
        assert_near(values, want, N, OUTPUT_TOLERANCE);
    }
    reference_close(file);
}
