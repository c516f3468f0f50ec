#include "tools/plot.h"

#include "tests/support.h"

#include <math.h>

static void steps_are_round(void **state)
{
    (void)state;
    assert_close(pinna_round_step(8000, 6), 2000, 1e-9);
    assert_close(pinna_round_step(24000, 6), 5000, 1e-9);
    assert_close(pinna_round_step(7.5, 12), 1, 1e-12);
    for (double whole = 0.001; whole < 1e5; whole *= 1.1) {
        const double step = pinna_round_step(whole, 12);
        assert_true(whole / step <= 12 + 1e-9 && whole / step > 12 / 2.6);
    }
}

static double lightness(pinna_colour colour)
{
    return 0.2126 * colour.red + 0.7152 * colour.green + 0.0722 * colour.blue;
}

static void louder_is_lighter(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++)
        assert_true(lightness(pinna_heat(i / 40.0)) <
                    lightness(pinna_heat((i + 1) / 40.0)));
    const pinna_colour most = pinna_heat(1), more = pinna_heat(7);
    const pinna_colour least = pinna_heat(0), less = pinna_heat(-INFINITY);
    assert_memory_equal(&most, &more, sizeof most);
    assert_memory_equal(&least, &less, sizeof least);
}

/* Counts ink in a rectangle. */
static size_t ink(const pinna_picture *page, size_t x, size_t y, size_t width,
                  size_t height)
{
    size_t n = 0;

    for (size_t row = y; row < y + height; row++)
        for (size_t column = x; column < x + width; column++)
            n += page->pixels[row * page->width + column].red == pinna_ink.red;
    return n;
}

static void axes_lie_outside_the_panel(void **state)
{
    pinna_picture page;
    const pinna_panel panel = {&page, 60, 20, 200, 100};

    (void)state;
    assert_int_equal(pinna_picture_new(360, 150, pinna_paper, &page), 0);
    pinna_plot_seconds(&panel, 2);
    pinna_plot_hertz(&panel, 8000);
    pinna_plot_mark(&panel, 50, "x");
    assert_int_equal(ink(&page, 60, 20, 200, 100), 0);
    /* Ticks at 0 and 2 s, and at 0 and 8000 Hz. */
    assert_int_equal(ink(&page, 60, 120, 1, PINNA_PLOT_TICK), PINNA_PLOT_TICK);
    assert_int_equal(ink(&page, 260, 120, 1, PINNA_PLOT_TICK), PINNA_PLOT_TICK);
    assert_int_equal(ink(&page, 56, 20, PINNA_PLOT_TICK, 1), PINNA_PLOT_TICK);
    assert_int_equal(ink(&page, 56, 120, PINNA_PLOT_TICK, 1), PINNA_PLOT_TICK);
    pinna_plot_heat(&panel, 0, -60);
    assert_int_equal(ink(&page, 60, 20, 200, 100), 0);
    const pinna_colour loudest = {252, 252, 190};
    assert_memory_equal(&page.pixels[20 * 360 + 280], &loudest, 3);
    pinna_picture_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_round),
        cmocka_unit_test(louder_is_lighter),
        cmocka_unit_test(axes_lie_outside_the_panel),
    };
    return cmocka_run_group_tests_name("plot", tests, NULL, NULL);
}
