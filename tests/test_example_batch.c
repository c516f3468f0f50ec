#include "tools/example_batch.h"

#include "support.h"

#include <stdlib.h>

enum { N_ITEMS = 4, WIDTH = 3 };

static const size_t lengths[N_ITEMS] = {2, 5, 1, 4};

/* Element (t, i) of item k. */
static int element(size_t k, size_t t, size_t i)
{
    return (int)(100 * k + 10 * t + i + 1);
}

static pinna_examples new_examples(size_t width)
{
    pinna_examples examples = {.n_items = N_ITEMS, .width = width};

    examples.items = calloc(N_ITEMS, sizeof *examples.items);
    for (size_t k = 0; k < N_ITEMS; k++) {
        pinna_example *item = &examples.items[k];
        item->n = lengths[k];
        item->ids = calloc(item->n, sizeof *item->ids);
        item->frames = calloc(item->n * WIDTH, sizeof *item->frames);
        for (size_t t = 0; t < item->n; t++) {
            item->ids[t] = element(k, t, 0);
            for (size_t i = 0; i < width; i++)
                item->frames[t * width + i] = (float)element(k, t, i);
        }
    }
    return examples;
}

/* The batch against what it was asked for. */
static void check(const pinna_example_batch *batch, size_t width, size_t n,
                  size_t longest)
{
    assert_int_equal(batch->n, n);
    assert_int_equal(batch->n_steps, longest);
    for (size_t b = 0; b < n; b++) {
        const size_t k = batch->items[b];
        assert_int_equal(batch->lengths[b], lengths[k]);
        for (size_t t = 0; t < longest; t++) {
            const size_t row = t * n + b;
            const bool inside = t < lengths[k];
            if (width == 0)
                assert_int_equal(batch->ids[row],
                                 inside ? element(k, t, 0) : -1);
            for (size_t i = 0; i < width; i++)
                assert_true(batch->frames[row * width + i] ==
                            (float)(inside ? element(k, t, i) : 0));
        }
    }
}

static void test_columns_and_padding(void **state)
{
    (void)state;
    for (size_t width = 0; width <= WIDTH; width += WIDTH) {
        pinna_examples examples = new_examples(width);
        pinna_example_batch batch;

        assert_int_equal(pinna_example_batch_new(width, 5, 3, &batch),
                         PINNA_OK);
        assert_true((batch.ids == NULL) == (width > 0));
        assert_true((batch.frames == NULL) == (width == 0));
        batch.items[0] = 2;
        batch.items[1] = 1;
        batch.items[2] = 2;
        pinna_example_batch_fill(&batch, &examples, 3);
        check(&batch, width, 3, 5);
        /* Over the longer ones. */
        batch.items[0] = 3;
        batch.items[1] = 0;
        pinna_example_batch_fill(&batch, &examples, 2);
        check(&batch, width, 2, 4);
        batch.items[0] = 2;
        pinna_example_batch_fill(&batch, &examples, 1);
        check(&batch, width, 1, 1);
        pinna_example_batch_free(&batch);
        pinna_examples_free(&examples);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_and_padding),
    };
    return cmocka_run_group_tests_name("example_batch", tests, NULL, NULL);
}
