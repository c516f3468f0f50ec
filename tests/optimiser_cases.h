/* tests/optimiser_cases.h -- the reference cases of the optimisers */
#ifndef PINNA_TESTS_OPTIMISER_CASES_H
#define PINNA_TESTS_OPTIMISER_CASES_H

#include <stddef.h>

/* Two tensors of the reference cases, side by side as in pinna_params. */
enum { OPTIMISER_CASE_N = 37 + 15 };

/* Runs the steps of a case: gradients, clipped to a norm of clip (0: not), go
 * to step(), which changes values [OPTIMISER_CASE_N]. Nothing when the case is
 * not there. */
void check_optimiser_case(const char *name, double clip,
                          void (*step)(void *optimiser, const float *grads,
                                       float *values),
                          void *optimiser);

#endif
