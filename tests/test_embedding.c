#include "support.h"

#include <stdlib.h>

#include "rnn/embedding.h"
#include "rnn_cases.h"

static void test_rows_go_both_ways(void **state)
{
    (void)state;
    const float table[3][2] = {{1, 2}, {3, 4}, {5, 6}};
    const int ids[] = {2, -1, 0, 2};
    const float dy[4][2] = {{1, 10}, {7, 7}, {2, 20}, {4, 40}};
    float y[4][2], dtable[3][2] = {{0.5f, 0}};

    pinna_embedding_forward(&table[0][0], 3, 2, ids, 4, &y[0][0]);
    const float want_y[] = {5, 6, 0, 0, 1, 2, 5, 6};
    assert_all_close(&y[0][0], want_y, 8, 0, 0);

    pinna_embedding_backward(ids, 4, &dy[0][0], 3, 2, &dtable[0][0]);
    const float want_table[] = {2.5f, 20, 0, 0, 5, 50};
    assert_all_close(&dtable[0][0], want_table, 6, 0, 0);
}

static void test_reference(void **state)
{
    (void)state;
    reference *file = rnn_case("embedding");
    if (!file)
        skip();

    const reference_tensor *weight = reference_find(file, "weight");
    const reference_tensor *y = reference_find(file, "y");
    const int32_t *ids32 = reference_ints(file, "ids", y->shape[0]);
    int ids[16];
    float *got = zeros(y->n), *dtable = zeros(weight->n);

    assert_true(y->shape[0] <= 16);
    for (size_t i = 0; i < y->shape[0]; i++)
        ids[i] = ids32[i];
    pinna_embedding_forward(weight->f32, weight->shape[0], weight->shape[1],
                            ids, y->shape[0], got);
    assert_near(got, y->f32, y->n, 0);
    pinna_embedding_backward(ids, y->shape[0],
                             reference_floats(file, "dy", y->n),
                             weight->shape[0], weight->shape[1], dtable);
    assert_near(dtable, reference_floats(file, "grad.weight", weight->n),
                weight->n, GRADIENT_TOLERANCE);
    free(got);
    free(dtable);
    reference_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_go_both_ways),
        cmocka_unit_test(test_reference),
    };
    return cmocka_run_group_tests_name("embedding", tests, NULL, NULL);
}
