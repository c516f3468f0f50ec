#include "support.h"

#include "dsp/delay_line.h"

/* Sample i is i + 1; before the first there is silence. */
static void test_reads_the_past(void **state)
{
    (void)state;
    enum { SIZE = 13 };
    pinna_delay_line line;
    size_t n_written = 0;

    assert_int_equal(pinna_delay_line_init(&line, SIZE), PINNA_OK);
    for (size_t round = 0; round < 40; round++) {
        const size_t n = round % (SIZE + 1);
        float block[SIZE], got[SIZE];
        for (size_t i = 0; i < n; i++)
            block[i] = (float)(n_written + i + 1);
        pinna_delay_line_write(&line, block, n);
        n_written += n;

        for (size_t delay = 0; delay + n <= SIZE; delay++) {
            pinna_delay_line_read(&line, delay, got, n);
            for (size_t i = 0; i < n; i++) {
                const size_t late = n + delay - i;
                const float want =
                    late <= n_written ? (float)(n_written - late + 1) : 0;
                assert_true(got[i] == want);
            }
        }
    }

    pinna_delay_line_reset(&line);
    float got[SIZE];
    pinna_delay_line_read(&line, 0, got, SIZE);
    for (size_t i = 0; i < SIZE; i++)
        assert_true(got[i] == 0);
    pinna_delay_line_close(&line);
    pinna_delay_line_close(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_the_past),
    };
    return cmocka_run_group_tests_name("delay_line", tests, NULL, NULL);
}
