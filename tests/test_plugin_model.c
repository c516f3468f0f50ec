#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/plugin_model.h"
#include "small_models.h"

static pinna_model *load(const char *path)
{
    pinna_model *model;
    assert_int_equal(pinna_plugin_model_new(path, &model), PINNA_OK);
    assert_string_equal(model->task, PINNA_TASK_DENOISE);
    return model;
}

static void write_model(pinna_model *model, const char *path)
{
    assert_int_equal(pinna_model_write(path, model, NULL), PINNA_OK);
    pinna_model_free(model);
}

static size_t n_bands(const char *path)
{
    pinna_model *model = load(path);
    const size_t n = model->bands.n_bands;
    pinna_model_free(model);
    return n;
}

static void test_choice(void **state)
{
    (void)state;
    char small[1024], words[1024];
    pinna_model *model = new_denoise_model();
    const size_t n_small = model->bands.n_bands;

    strcpy(small, support_temp("small.safetensors"));
    strcpy(words, support_temp("words.safetensors"));
    write_model(model, small);
    write_model(new_ctc_model(), words);
    unsetenv("PINNA_MODEL");
    const size_t n_built_in = n_bands(NULL);
    assert_int_not_equal(n_small, n_built_in);

    assert_int_equal(n_bands(small), n_small);
    assert_int_equal(n_bands(""), n_built_in);
    /* One line on stderr each. */
    assert_int_equal(n_bands(words), n_built_in);
    assert_int_equal(n_bands(support_temp("none")), n_built_in);

    setenv("PINNA_MODEL", small, 1);
    assert_int_equal(n_bands(NULL), n_small);
    assert_int_equal(n_bands(""), n_small);
    setenv("PINNA_MODEL", words, 1);
    assert_int_equal(n_bands(NULL), n_built_in);
    assert_int_equal(n_bands(small), n_small);
    setenv("PINNA_MODEL", "", 1);
    assert_int_equal(n_bands(NULL), n_built_in);
    unsetenv("PINNA_MODEL");
}

static pinna_status make(void)
{
    pinna_model *model;
    const pinna_status status = pinna_plugin_model_new(NULL, &model);
    if (!status)
        pinna_model_free(model);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("plugin_model", tests, NULL, NULL);
}
