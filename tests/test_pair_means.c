#include "tools/pair_means.h"

#include "tests/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All figures of the noisy side are value, of the denoised side value + 1. */
static pinna_pair_metrics make(double value)
{
    const pinna_quality noisy = {value, value, value,
                                 value, NAN,   {NAN, NAN, NAN}};
    const pinna_quality denoised = {
        value + 1, value + 1, value + 1,
        value + 1, value + 1, {value + 1, value + 1, value + 1}};

    return (pinna_pair_metrics){.noisy = noisy, .denoised = denoised};
}

static void add(pinna_pair_groups *groups, double snr_db, const char *label,
                double value)
{
    const pinna_pair_metrics metrics = make(value);

    assert_int_equal(pinna_pair_groups_add(groups, snr_db, label, &metrics),
                     PINNA_OK);
}

static void check_group(const pinna_pair_means *group, size_t n, double value)
{
    assert_int_equal(group->n_pairs, n);
    for (size_t i = 0; i < PINNA_N_QUALITIES; i++) {
        const double noisy = pinna_mean_value(&group->noisy[i]);
        if (i < 4)
            assert_close(noisy, value, 1e-12);
        else
            assert_true(isnan(noisy));
        assert_close(pinna_mean_value(&group->denoised[i]), value + 1, 1e-12);
    }
}

static pinna_pair_groups make_groups(void)
{
    pinna_pair_groups groups = {0};

    add(&groups, 10, "rain", 1);
    add(&groups, -5, "dog", 2);
    add(&groups, 10, "babble", 3);
    add(&groups, 2.5, "dog", 6);
    add(&groups, NAN, NULL, 8);
    return groups;
}

static void groups_are_in_order(void **state)
{
    pinna_pair_groups groups = make_groups();

    (void)state;
    check_group(&groups.all, 5, 4);
    assert_int_equal(groups.n_snrs, 3);
    assert_close(groups.snrs[0].snr_db, -5, 0);
    check_group(&groups.snrs[0], 1, 2);
    assert_close(groups.snrs[1].snr_db, 2.5, 0);
    check_group(&groups.snrs[1], 1, 6);
    assert_close(groups.snrs[2].snr_db, 10, 0);
    check_group(&groups.snrs[2], 2, 2);
    assert_int_equal(groups.n_labels, 3);
    assert_string_equal(groups.labels[0].label, "babble");
    check_group(&groups.labels[0], 1, 3);
    assert_string_equal(groups.labels[1].label, "dog");
    check_group(&groups.labels[1], 2, 4);
    assert_string_equal(groups.labels[2].label, "rain");
    check_group(&groups.labels[2], 1, 1);
    pinna_pair_groups_free(&groups);
}

static void machines_get_all(void **state)
{
    static char text[8192];
    pinna_pair_groups groups = make_groups();
    FILE *file = tmpfile();
    pinna_json json = {.file = file};

    (void)state;
    pinna_json_open(&json, NULL, '{');
    pinna_pair_groups_write(&groups, &json);
    pinna_json_close(&json, '}');
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_non_null(strstr(text, "\"noisy\": {\"si_sdr_db\": 4.0000"));
    assert_non_null(strstr(text, "\"denoised\": {\"si_sdr_db\": 5.0000"));
    assert_non_null(strstr(text, "\"pesq\": null"));
    assert_non_null(strstr(text, "\"onset_db\": 5.0000"));
    assert_non_null(strstr(text, "\"by_snr\": [{\"snr_db\": -5.00, "
                                 "\"pairs\": 1, \"noisy\": {\"si_sdr_db\": 2"));
    assert_non_null(strstr(text, "\"by_label\": [{\"label\": \"babble\", "
                                 "\"pairs\": 1, \"noisy\""));
    pinna_pair_groups_free(&groups);
}

static pinna_status make_and_free(void)
{
    const pinna_pair_metrics metrics = make(1);
    pinna_pair_groups groups = {0};
    pinna_status status = PINNA_OK;

    for (int i = 0; i < 3 && !status; i++)
        status =
            pinna_pair_groups_add(&groups, i, i == 1 ? "a" : "b", &metrics);
    pinna_pair_groups_free(&groups);
    return status;
}

static void survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make_and_free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_in_order),
        cmocka_unit_test(machines_get_all),
        cmocka_unit_test(survives_no_memory),
    };
    return cmocka_run_group_tests_name("pair_means", tests, NULL, NULL);
}
