#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rnn/safetensors.h"
#include "rnn/whole_file.h"
#include "rnn_cases.h"

/* ---- helpers ---- */

/* The bytes of a file with this header and n_data bytes behind it. */
typedef struct image {
    unsigned char bytes[4096];
    size_t n;
} image;

static image make_image(const char *header, size_t n_header, size_t n_data)
{
    image out = {{0}, 8 + n_header + n_data};
    const uint64_t length = n_header;
    assert_true(out.n <= sizeof out.bytes);
    memcpy(out.bytes, &length, 8);
    memcpy(out.bytes + 8, header, n_header);
    for (size_t i = 0; i < n_data; i++)
        out.bytes[8 + n_header + i] = (unsigned char)(i % 64);
    return out;
}

/* Parse from a heap block of exactly n bytes, so that a sanitizer sees any
 * step beyond. */
static pinna_status parse(const unsigned char *bytes, size_t n,
                          pinna_safetensors **file, pinna_error *error)
{
    unsigned char *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    const pinna_status status =
        pinna_safetensors_parse(copy, n, "m.safetensors", file, error);
    free(copy);
    return status;
}

static void assert_one_line(const pinna_error *error)
{
    assert_int_equal(strncmp(error->text, "m.safetensors: ", 15), 0);
    assert_true(strlen(error->text) > 15);
    for (const char *c = error->text; *c; c++)
        assert_false((unsigned char)*c < ' ' || *c == 127);
}

/* Everything that a reader may touch. */
static void walk(const pinna_safetensors *file)
{
    float sum = 0;
    for (size_t i = 0; i < pinna_safetensors_count(file); i++) {
        const pinna_tensor *tensor = pinna_safetensors_at(file, i);
        size_t n = 1;
        for (size_t d = 0; d < tensor->n_dims; d++)
            n *= tensor->shape[d];
        assert_int_equal(n, tensor->n);
        assert_int_equal((uintptr_t)tensor->data % 8, 0);
        assert_ptr_equal(pinna_safetensors_find(file, tensor->name), tensor);
        if (tensor->dtype == PINNA_F32)
            for (size_t j = 0; j < n; j++)
                sum += fabsf(((const float *)tensor->data)[j]) > 0 ? 1.0f : 0;
    }
    assert_true(sum >= 0);
    assert_string_equal(pinna_safetensors_name(file), "m.safetensors");
}

static void assert_refused(const char *header, size_t n_header, size_t n_data,
                           pinna_status want, const char *part)
{
    const image bad = make_image(header, n_header, n_data);
    pinna_safetensors *file = (pinna_safetensors *)&file;
    pinna_error error = {""};

    const pinna_status status = parse(bad.bytes, bad.n, &file, &error);
    if (status != want || !strstr(error.text, part))
        print_error("%s\n gives %d, %s\n", header, (int)status, error.text);
    assert_int_equal(status, want);
    assert_non_null(strstr(error.text, part));
    assert_null(file);
    assert_one_line(&error);

    /* The line is optional. */
    assert_int_equal(parse(bad.bytes, bad.n, &file, NULL), want);
}

/* ---- reading ---- */

static void test_reads_a_good_file(void **state)
{
    (void)state;
    /* In the order of the data, whatever that of the header. */
    static const char header[] =
        "{\"b\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[24,32]},"
        "\"__metadata__\":{\"pinna\":\"{}\",\"b\":\"x\\ny\"},"
        "\"a.w\":{\"shape\":[3,2],\"dtype\":\"F32\",\"data_offsets\":[0,24]},"
        "\"none\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[24,24]},"
        "\"one\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[32,36]}}   ";
    const image good = make_image(header, strlen(header), 36);
    pinna_safetensors *file;
    pinna_error error;

    assert_int_equal(parse(good.bytes, good.n, &file, &error), PINNA_OK);
    walk(file);
    assert_int_equal(pinna_safetensors_count(file), 4);
    assert_string_equal(pinna_safetensors_at(file, 0)->name, "a.w");
    assert_string_equal(pinna_safetensors_at(file, 1)->name, "none");
    assert_string_equal(pinna_safetensors_at(file, 2)->name, "b");
    assert_string_equal(pinna_safetensors_at(file, 3)->name, "one");
    assert_null(pinna_safetensors_at(file, 4));

    const pinna_tensor *tensor = pinna_safetensors_find(file, "a.w");
    assert_int_equal(tensor->n_dims, 2);
    assert_int_equal(tensor->shape[0], 3);
    assert_int_equal(tensor->n, 6);
    assert_memory_equal(tensor->data, good.bytes + 8 + strlen(header), 24);
    tensor = pinna_safetensors_find(file, "b");
    assert_int_equal(tensor->dtype, PINNA_I32);
    assert_int_equal(*(const int32_t *)tensor->data, 0x1b1a1918);
    assert_int_equal(pinna_safetensors_find(file, "none")->n, 0);
    assert_int_equal(pinna_safetensors_find(file, "one")->n_dims, 0);
    assert_int_equal(pinna_safetensors_find(file, "one")->n, 1);
    assert_null(pinna_safetensors_find(file, "__metadata__"));

    assert_string_equal(pinna_safetensors_metadata(file, "pinna"), "{}");
    assert_string_equal(pinna_safetensors_metadata(file, "b"), "x\ny");
    assert_null(pinna_safetensors_metadata(file, "a.w"));
    pinna_safetensors_free(file);
    pinna_safetensors_free(NULL);

    const image empty = make_image("{}", 2, 0);
    assert_int_equal(parse(empty.bytes, empty.n, &file, &error), PINNA_OK);
    assert_int_equal(pinna_safetensors_count(file), 0);
    assert_null(pinna_safetensors_metadata(file, "pinna"));
    pinna_safetensors_free(file);
}

static void test_reads_what_others_wrote(void **state)
{
    (void)state;
    const char *path = support_fixture("rnn/gru_1layer.safetensors");
    reference *want = reference_open(path);
    pinna_safetensors *file;
    pinna_error error;

    assert_int_equal(pinna_safetensors_read(path, &file, &error), PINNA_OK);
    assert_string_equal(pinna_safetensors_name(file), path);
    assert_int_equal(pinna_safetensors_count(file), reference_n_tensors(want));
    for (size_t i = 0; i < reference_n_tensors(want); i++) {
        const reference_tensor *tensor = reference_at(want, i);
        const pinna_tensor *got = pinna_safetensors_find(file, tensor->name);
        const void *data =
            tensor->f32 ? (const void *)tensor->f32 : (const void *)tensor->i32;
        assert_non_null(got);
        assert_int_equal(got->n, tensor->n);
        assert_memory_equal(got->data, data, 4 * tensor->n);
    }
    assert_string_equal(pinna_safetensors_metadata(file, "kind"), "gru");
    pinna_safetensors_free(file);
    reference_close(want);
}

/* A header with one tensor, whose fields are given. */
static void assert_entry_refused(const char *fields, size_t n_data,
                                 pinna_status want, const char *part)
{
    char header[1024];
    const int n = snprintf(header, sizeof header, "{\"w\":{%s}}", fields);
    assert_true(n > 0 && (size_t)n < sizeof header);
    assert_refused(header, (size_t)n, n_data, want, part);
}

#define F32   "\"dtype\":\"F32\","
#define SHAPE "\"shape\":[2],"
#define PLACE "\"data_offsets\":[0,8]"

static void test_refuses_a_damaged_entry(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *part;
    } bad[] = {
        {"", "is not an object of"},
        {F32 SHAPE "\"data_offset\":[0,8]", "is not an object of"},
        {F32 SHAPE PLACE ",\"more\":1", "is not an object of"},
        {"\"dtype\":4," SHAPE PLACE, "dtype is not a string"},
        {"\"dtype\":null," SHAPE PLACE, "dtype is not a string"},
        {"\"dtype\":\"f32\"," SHAPE PLACE, "dtype is \"f32\""},
        {"\"dtype\":\"\"," SHAPE PLACE, "dtype is \"\""},
        {"\"dtype\":\"\\n\\u001b[31m\"," SHAPE PLACE, "dtype is \"??[31m\""},
        {F32 "\"shape\":2," PLACE, "shape is not an array"},
        {F32 "\"shape\":{}," PLACE, "shape is not an array"},
        {F32 "\"shape\":[\"2\"]," PLACE, "shape holds"},
        {F32 "\"shape\":[2.0]," PLACE, "shape holds"},
        {F32 "\"shape\":[true]," PLACE, "shape holds"},
        {F32 "\"shape\":[-2]," PLACE, "shape holds"},
        {F32 "\"shape\":[2e0]," PLACE, "shape holds"},
        {F32 "\"shape\":[9223372036854775807]," PLACE, "shape holds"},
        {F32 "\"shape\":[9223372036854775808]," PLACE, "header"},
        {F32 "\"shape\":[18446744073709551618]," PLACE, "header"},
        {F32 "\"shape\":[65536,65536,65536,65536]," PLACE, "too large"},
        {F32 "\"shape\":[2147483648,2147483648]," PLACE, "too large"},
        {F32 "\"shape\":[0,2147483648,2147483648]," PLACE, "hold 8 bytes"},
        {F32 "\"shape\":[3]," PLACE, "hold 8 bytes"},
        {F32 "\"shape\":[]," PLACE, "hold 8 bytes"},
        {F32 SHAPE "\"data_offsets\":8", "not two sizes"},
        {F32 SHAPE "\"data_offsets\":[]", "not two sizes"},
        {F32 SHAPE "\"data_offsets\":[0]", "not two sizes"},
        {F32 SHAPE "\"data_offsets\":[0,8,8]", "not two sizes"},
        {F32 SHAPE "\"data_offsets\":[-8,0]", "not two sizes"},
        {F32 SHAPE "\"data_offsets\":[0,8.0]", "not two sizes"},
        {F32 SHAPE "\"data_offsets\":[0,1e300]", "not two sizes"},
        {F32 SHAPE "\"data_offsets\":[0,-9223372036854775808]", "not two"},
        {F32 SHAPE "\"data_offsets\":[8,0]", "do not lie"},
        {F32 SHAPE "\"data_offsets\":[8,16]", "do not lie"},
        {F32 SHAPE "\"data_offsets\":[0,12]", "do not lie"},
        {F32 SHAPE "\"data_offsets\":[0,4]", "hold 4 bytes"},
        {F32 SHAPE "\"data_offsets\":[0,7]", "hold 7 bytes"},
        {F32 SHAPE PLACE "," PLACE, "header"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_entry_refused(bad[i].fields, 8, PINNA_BAD_FORMAT, bad[i].part);

    assert_entry_refused("\"dtype\":\"I8\"," SHAPE PLACE, 8, PINNA_BAD_FORMAT,
                         "hold 8 bytes but the shape holds 2");
    assert_entry_refused(F32 SHAPE PLACE, 9, PINNA_BAD_FORMAT, "1 bytes after");
    assert_entry_refused(F32 SHAPE PLACE, 7, PINNA_BAD_FORMAT, "do not lie");
    assert_entry_refused("\"dtype\":\"BF16\"," SHAPE PLACE, 8,
                         PINNA_UNSUPPORTED, "dtype is \"BF16\"");
    assert_entry_refused("\"dtype\":\"I64\"," SHAPE PLACE, 8, PINNA_UNSUPPORTED,
                         "dtype is \"I64\"");
    assert_entry_refused(F32 "\"shape\":[1,1,1,1,2]," PLACE, 8,
                         PINNA_UNSUPPORTED, "more than 4");
}

#define ENTRY(name, begin, end)                                                \
    "\"" name "\":{" F32 SHAPE "\"data_offsets\":[" begin "," end "]}"

static void test_refuses_a_damaged_header(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t n_data;
        const char *part;
    } bad[] = {
        {"", 0, "does not begin"},
        {"[]", 0, "does not begin"},
        {" {}", 0, "does not begin"},
        {"{", 0, "header"},
        {"{}x", 0, "header"},
        {"{\"a\":}", 0, "header"},
        {"{\"a\xff\":1}", 0, "header"},
        {"{\"a\n\":1}", 0, "header"},
        {"{\"a\\u0000b\":1}", 0, "header"},
        {"{\"w\":1}", 0, "\"w\": is not an object"},
        {"{\"w\":[]}", 0, "\"w\": is not an object"},
        {"{\"w\\n\\u007f\":1}", 0, "\"w??\": is not an object"},
        {"{}", 1, "1 bytes after"},
        {"{\"__metadata__\":[]}", 0, "__metadata__ is not an object"},
        {"{\"__metadata__\":{\"a\":1}}", 0, "\"a\" is not a string"},
        {"{\"__metadata__\":{\"a\":{}}}", 0, "\"a\" is not a string"},
        {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "header"},
        {"{" ENTRY("a", "0", "8") "," ENTRY("a", "8", "16") "}", 16, "header"},
        {"{" ENTRY("a", "0", "8") "," ENTRY("b", "4", "12") "}", 12,
         "\"b\": data_offsets overlap"},
        {"{" ENTRY("a", "0", "8") "," ENTRY("b", "0", "8") "}", 8,
         "\"b\": data_offsets overlap"},
        {"{" ENTRY("a", "0", "8") "," ENTRY("b", "12", "20") "}", 20,
         "\"b\": data_offsets leave a gap"},
        {"{" ENTRY("a", "4", "12") "}", 12, "leave a gap"},
        {"{" ENTRY("a", "0", "8") "}", 12, "4 bytes after"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(bad[i].header, strlen(bad[i].header), bad[i].n_data,
                       PINNA_BAD_FORMAT, bad[i].part);

    /* A NUL byte does not end the text. */
    assert_refused("{}\0", 3, 0, PINNA_BAD_FORMAT, "header");
    assert_refused("{\"a\0b\":1}", 9, 0, PINNA_BAD_FORMAT, "header");

    /* Deeper than the parser's stack would bear. */
    char deep[3001] = {0};
    memset(deep, '[', 3000);
    memcpy(deep, "{\"a\":", 5);
    assert_refused(deep, 3000, 0, PINNA_BAD_FORMAT, "header");

    char long_name[2001] = {0};
    memset(long_name, 'n', 2000);
    memcpy(long_name, "{\"", 2);
    memcpy(long_name + 1996, "\":1}", 4);
    assert_refused(long_name, 2000, 0, PINNA_BAD_FORMAT, "nnn");
}

static void test_refuses_a_wrong_length(void **state)
{
    (void)state;
    static const uint64_t lengths[] = {0,          1,
                                       3,          1000,
                                       100000001,  (uint64_t)1 << 32,
                                       INT64_MAX,  (uint64_t)1 << 63,
                                       UINT64_MAX, UINT64_MAX - 7};
    pinna_safetensors *file;
    pinna_error error;

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        image bad = make_image("{}", 2, 0);
        memcpy(bad.bytes, &lengths[i], 8);
        assert_int_equal(parse(bad.bytes, bad.n, &file, &error),
                         PINNA_BAD_FORMAT);
        assert_one_line(&error);
    }
    for (size_t n = 0; n < 10; n++) {
        const image cut = make_image("{}", 2, 0);
        assert_int_equal(parse(cut.bytes, n, &file, &error), PINNA_BAD_FORMAT);
        assert_one_line(&error);
    }
}

static void test_refuses_values_that_are_not_finite(void **state)
{
    (void)state;
    static const float bad[] = {INFINITY, -INFINITY, NAN};
    static const char header[] = "{" ENTRY("w", "0", "8") "}";
    pinna_safetensors *file;
    pinna_error error;

    for (size_t i = 0; i < 3; i++) {
        image data = make_image(header, strlen(header), 8);
        memcpy(data.bytes + data.n - 4, &bad[i], 4);
        assert_int_equal(parse(data.bytes, data.n, &file, &error),
                         PINNA_BAD_FORMAT);
        assert_non_null(strstr(error.text, "\"w\": value 1 is not finite"));
    }
}

static void check_mutation(const image *mutated)
{
    pinna_safetensors *file;
    pinna_error error = {""};
    const pinna_status status =
        parse(mutated->bytes, mutated->n, &file, &error);

    if (status == PINNA_OK) {
        walk(file);
        pinna_safetensors_free(file);
    } else {
        assert_true(status == PINNA_BAD_FORMAT || status == PINNA_UNSUPPORTED);
        assert_null(file);
        assert_one_line(&error);
    }
}

/* Every byte of the length and the header, changed in every way that matters:
 * the file is read or refused with one line. */
static void test_survives_every_damaged_byte(void **state)
{
    (void)state;
    static const char header[] =
        "{\"__metadata__\":{\"pinna\":\"{\\\"a\\\": 1}\"},"
        "\"w\":{" F32 "\"shape\":[3,2],\"data_offsets\":[0,24]},"
        "\"b\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[24,32]},"
        "\"q\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[32,35]}}";
    static const unsigned char values[] = {0,   1,   '\n', ' ', '"', ',', '-',
                                           '.', '0', '9',  ':', '[', ']', '\\',
                                           'e', 'u', '{',  '}', 127, 128, 255};
    const image good = make_image(header, strlen(header), 35);
    const size_t n_header = 8 + strlen(header);

    for (size_t i = 0; i < n_header; i++) {
        for (size_t j = 0; j < sizeof values; j++) {
            image mutated = good;
            mutated.bytes[i] = values[j];
            check_mutation(&mutated);
        }
        for (int bit = 0; bit < 8; bit++) {
            image mutated = good;
            mutated.bytes[i] ^= (unsigned char)(1 << bit);
            check_mutation(&mutated);
        }

        /* One byte lost; one byte twice; cut here. */
        image mutated = good;
        memmove(mutated.bytes + i, good.bytes + i + 1, good.n - i - 1);
        mutated.n--;
        check_mutation(&mutated);
        mutated = good;
        memmove(mutated.bytes + i + 1, good.bytes + i, good.n - i);
        mutated.n++;
        check_mutation(&mutated);
        mutated = good;
        mutated.n = i;
        check_mutation(&mutated);
    }
    for (size_t i = n_header; i < good.n; i++) {
        image mutated = good;
        mutated.bytes[i] = 255;
        check_mutation(&mutated);
        mutated = good;
        mutated.n = i;
        check_mutation(&mutated);
    }
}

/* ---- writing ---- */

static const float weights[6] = {1, -2, 0.5f, 3e-38f, -0.0f, 3e38f};
static const int32_t counts[2] = {INT32_MIN, 7};
static const float gain = 0.25f;

static const int8_t bytes_of[3] = {-128, 0, 127};

/* Tensors of every kind. */
enum { N_TENSORS = 5 };

static void make_tensors(pinna_tensor tensors[N_TENSORS])
{
    tensors[0] = (pinna_tensor){"w", PINNA_F32, 2, {3, 2}, 6, weights};
    tensors[1] =
        (pinna_tensor){"n\xc3\xa4me \"\\\n", PINNA_I32, 1, {2}, 2, counts};
    tensors[2] = (pinna_tensor){"gain", PINNA_F32, 0, {0}, 1, &gain};
    tensors[3] = (pinna_tensor){"none", PINNA_F32, 4, {1, 2, 0, 3}, 0, NULL};
    tensors[4] = (pinna_tensor){"bytes", PINNA_I8, 2, {1, 3}, 3, bytes_of};
}

static const char *const metadata[] = {"pinna", "{\"a\": \"b\"}\n", "licence",
                                       ""};

static void test_reads_back_what_it_wrote(void **state)
{
    (void)state;
    const char *path = support_temp("model.safetensors");
    pinna_tensor tensors[N_TENSORS];
    pinna_safetensors *file;
    pinna_error error;

    make_tensors(tensors);
    assert_int_equal(
        pinna_safetensors_write(path, tensors, N_TENSORS, metadata, 2, &error),
        PINNA_OK);
    assert_int_equal(pinna_safetensors_read(path, &file, &error), PINNA_OK);
    assert_int_equal(pinna_safetensors_count(file), N_TENSORS);
    for (size_t i = 0; i < N_TENSORS; i++) {
        const pinna_tensor *got = pinna_safetensors_find(file, tensors[i].name);
        assert_non_null(got);
        assert_int_equal(got->dtype, tensors[i].dtype);
        assert_int_equal(got->n_dims, tensors[i].n_dims);
        assert_int_equal(got->n, tensors[i].n);
        assert_memory_equal(got->shape, tensors[i].shape, sizeof got->shape);
        if (got->n > 0)
            assert_memory_equal(got->data, tensors[i].data,
                                (got->dtype == PINNA_I8 ? 1 : 4) * got->n);
    }
    assert_string_equal(pinna_safetensors_metadata(file, "pinna"), metadata[1]);
    assert_string_equal(pinna_safetensors_metadata(file, "licence"), "");
    pinna_safetensors_free(file);

    /* The data begin on a multiple of 64 bytes. */
    unsigned char *bytes;
    size_t n_bytes;
    uint64_t n_header;
    assert_int_equal(
        pinna_whole_file_read(path, 100000, &bytes, &n_bytes, &error),
        PINNA_OK);
    memcpy(&n_header, bytes, 8);
    assert_int_equal((8 + n_header) % 64, 0);
    assert_int_equal(n_bytes, 8 + n_header + 36 + 3);
    free(bytes);
}

static void test_writes_nothing_at_all(void **state)
{
    (void)state;
    const char *path = support_temp("empty.safetensors");
    pinna_safetensors *file;
    assert_int_equal(pinna_safetensors_write(path, NULL, 0, NULL, 0, NULL),
                     PINNA_OK);
    assert_int_equal(pinna_safetensors_read(path, &file, NULL), PINNA_OK);
    assert_int_equal(pinna_safetensors_count(file), 0);
    pinna_safetensors_free(file);
}

static void assert_not_written(const pinna_tensor *tensors, size_t n_tensors,
                               const char *const *pairs, size_t n_pairs,
                               const char *part)
{
    const char *path = support_temp("refused.safetensors");
    pinna_error error = {""};
    assert_int_equal(pinna_safetensors_write(path, tensors, n_tensors, pairs,
                                             n_pairs, &error),
                     PINNA_BAD_ARG);
    if (!strstr(error.text, part))
        print_error("%s\n", error.text);
    assert_non_null(strstr(error.text, part));
    assert_int_equal(access(path, F_OK), -1);
}

static void test_refuses_to_write_what_it_would_not_read(void **state)
{
    (void)state;
    const float bad_values[6] = {0, 0, 0, 0, 0, NAN};
    static const char *const twice[] = {"a", "1", "a", "2"};
    static const char *const latin[] = {"a", "\xe4"};
    pinna_tensor t[N_TENSORS];

#define CHANGED(change, part)                                                  \
    make_tensors(t);                                                           \
    change;                                                                    \
    assert_not_written(t, N_TENSORS, metadata, 2, part)
    CHANGED(t[0].data = bad_values, "\"w\" holds a value that is not finite");
    CHANGED(t[1].name = "w", "\"w\" is there twice");
    CHANGED(t[1].name = "__metadata__", "keeps for itself");
    CHANGED(t[1].name = "\xff", "not UTF-8");
    CHANGED(t[0].n = 5, "number of values");
    CHANGED(t[0].shape[0] = 4, "number of values");
    CHANGED(t[0].shape[0] = SIZE_MAX / 2 + 4, "too large");
    CHANGED(t[0].n_dims = 5, "more than 4");
    CHANGED(t[0].dtype = (pinna_dtype)7, "dtype");
    make_tensors(t);
    assert_not_written(t, N_TENSORS, twice, 2, "\"a\" is there twice");
    assert_not_written(t, N_TENSORS, latin, 1, "not UTF-8");
}

static void test_failure_keeps_the_old_file(void **state)
{
    (void)state;
    const char *path = support_temp("kept.safetensors");
    pinna_tensor tensors[N_TENSORS];
    pinna_safetensors *file;

    make_tensors(tensors);
    assert_int_equal(
        pinna_safetensors_write(path, tensors, N_TENSORS, metadata, 2, NULL),
        PINNA_OK);
    const float diverged = INFINITY;
    tensors[2].data = &diverged;
    assert_int_equal(
        pinna_safetensors_write(path, tensors, N_TENSORS, metadata, 2, NULL),
        PINNA_BAD_ARG);
    assert_int_equal(pinna_safetensors_read(path, &file, NULL), PINNA_OK);
    assert_close(
        (double)*(const float *)pinna_safetensors_find(file, "gain")->data,
        0.25, 0);
    pinna_safetensors_free(file);
}

static void test_no_such_file(void **state)
{
    (void)state;
    pinna_safetensors *file;
    pinna_error error;
    assert_int_equal(
        pinna_safetensors_read("/no/such.safetensors", &file, &error),
        PINNA_NOT_FOUND);
    assert_null(file);
    assert_int_equal(pinna_safetensors_write("/no/such.safetensors", NULL, 0,
                                             NULL, 0, &error),
                     PINNA_NOT_FOUND);
}

/* ---- memory ---- */

static pinna_status make_by_parsing(void)
{
    static const char header[] = "{\"__metadata__\":{\"pinna\":\"{}\"},"
                                 "\"w\":{" F32 SHAPE PLACE "}}";
    unsigned char bytes[8 + sizeof header - 1 + 8] = {sizeof header - 1};
    memcpy(bytes + 8, header, sizeof header - 1);

    pinna_safetensors *file;
    const pinna_status status =
        pinna_safetensors_parse(bytes, sizeof bytes, "m", &file, NULL);
    pinna_safetensors_free(file);
    return status;
}

static const char *memory_path;

/* Strings shorter than the 16 bytes at which jansson's scanner begins: when it
 * cannot grow, it loses a byte without a word (2.14). */
static pinna_status make_by_writing(void)
{
    static const char *const pairs[] = {"pinna", "{}"};
    pinna_tensor tensors[N_TENSORS];
    make_tensors(tensors);
    return pinna_safetensors_write(memory_path, tensors, N_TENSORS, pairs, 1,
                                   NULL);
}

static pinna_status make_by_reading(void)
{
    pinna_safetensors *file;
    const pinna_status status =
        pinna_safetensors_read(memory_path, &file, NULL);
    pinna_safetensors_free(file);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    memory_path = support_temp("memory.safetensors");
    support_survives_no_memory(make_by_parsing);
    support_survives_no_memory(make_by_writing);
    support_survives_no_memory(make_by_reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_a_good_file),
        cmocka_unit_test(test_reads_what_others_wrote),
        cmocka_unit_test(test_refuses_a_damaged_entry),
        cmocka_unit_test(test_refuses_a_damaged_header),
        cmocka_unit_test(test_refuses_a_wrong_length),
        cmocka_unit_test(test_refuses_values_that_are_not_finite),
        cmocka_unit_test(test_survives_every_damaged_byte),
        cmocka_unit_test(test_reads_back_what_it_wrote),
        cmocka_unit_test(test_writes_nothing_at_all),
        cmocka_unit_test(test_refuses_to_write_what_it_would_not_read),
        cmocka_unit_test(test_failure_keeps_the_old_file),
        cmocka_unit_test(test_no_such_file),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("safetensors", tests, NULL, NULL);
}
