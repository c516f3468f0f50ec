/* Where the curves of known runs lie: panels of 1000 x 130 pixels from column
 * 90 on, each 170 below the one before. */
#include "tools/curves.h"

#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEFT = 90, TOP = 16 + 2 * 12 + 24, STEP = 170, W = 1000, H = 130 };

static char *names[] = {"step", "loss", "gradient_norm"};
static double falling[] = {0, 4, 1, 50, 2, NAN, 100, 0, 1};
static char *other_names[] = {"step", "score"};
static double level[] = {50, 7};

static const pinna_run runs[] = {
    {"a.csv", {names, 3, falling, 3}},
    {"b.csv", {other_names, 2, level, 1}},
};

static const pinna_colour blue = {0, 114, 178}, orange = {213, 94, 0},
                          ground = {244, 244, 244};

static int is_at(const pinna_picture *picture, size_t x, size_t y,
                 pinna_colour colour)
{
    return memcmp(&picture->pixels[y * picture->width + x], &colour,
                  sizeof colour) == 0;
}

static void test_curves_lie_where_they_belong(void **state)
{
    (void)state;
    pinna_picture picture;

    assert_int_equal(pinna_curves_picture(runs, 2, &picture), PINNA_OK);
    assert_int_equal(picture.width, 1150);

    /* The loss falls from corner to corner. */
    assert_true(is_at(&picture, LEFT, TOP, blue));
    assert_true(is_at(&picture, LEFT + W / 2, TOP + H / 2, blue));
    assert_true(is_at(&picture, LEFT + W - 1, TOP + H - 1, blue));
    assert_true(is_at(&picture, LEFT, TOP + H - 1, ground));
    assert_true(is_at(&picture, LEFT + W - 1, TOP, ground));

    /* The norm has a gap between its two dots. */
    assert_true(is_at(&picture, LEFT, TOP + STEP + H / 2, blue));
    assert_true(is_at(&picture, LEFT + W / 4, TOP + STEP + H / 2, ground));
    assert_true(is_at(&picture, LEFT + W / 2, TOP + STEP + H / 2, ground));
    assert_true(is_at(&picture, LEFT + W - 1, TOP + STEP + H / 2, blue));

    /* The other run has one dot, in the middle. */
    assert_true(is_at(&picture, LEFT + W / 2, TOP + 2 * STEP + H / 2, orange));
    size_t n = 0;
    for (size_t y = TOP; y < picture.height; y++)
        for (size_t x = 0; x < picture.width; x++)
            n += (size_t)is_at(&picture, x, y, orange);
    assert_true(n >= 4 && n <= 9);
    pinna_picture_free(&picture);
}

static void test_the_page(void **state)
{
    (void)state;
    pinna_run odd[] = {runs[0], runs[1]};
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    odd[1].name = "<b>&.csv";
    assert_int_equal(pinna_curves_page(file, odd, 2, NULL), PINNA_OK);
    fclose(file);
    assert_non_null(strstr(text, "<h1>Training</h1>"));
    assert_non_null(strstr(text, "src=\"data:image/png;base64,iVBOR"));
    assert_non_null(strstr(text, "a.csv: 3 validations, 100 steps"));
    assert_non_null(strstr(text, "&lt;b&gt;&amp;.csv: 1 validations"));
    assert_non_null(strstr(text, ">loss</th><td>4</td><td>0</td><td>0</td>"
                                 "<td>100</td><td>4</td><td>0</td></tr>"));
    assert_non_null(strstr(text, "</html>\n"));
    assert_null(strstr(text, "http"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curves_lie_where_they_belong),
        cmocka_unit_test(test_the_page),
    };
    return cmocka_run_group_tests_name("curves", tests, NULL, NULL);
}
