#include "reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "support.h"

struct reference {
    unsigned char *bytes; /* the data that follow the header */
    size_t n_bytes;
    json_t *header;
    json_t *metadata; /* object, or NULL */
    json_t *parsed;   /* key -> object, for metadata strings that are JSON */
    size_t n_tensors;
    reference_tensor *tensors;
    void **blocks; /* [n_tensors] aligned copies */
};

/* The whole file; *n_bytes is its length. */
static unsigned char *read_file(const char *path, size_t *n_bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot open %s", path);
    fseek(file, 0, SEEK_END);
    const long end = ftell(file);
    if (end < 0)
        fail_msg("cannot seek in %s", path);
    rewind(file);

    unsigned char *bytes = malloc((size_t)end + 1);
    assert_non_null(bytes);
    *n_bytes = fread(bytes, 1, (size_t)end, file);
    fclose(file);
    if (*n_bytes != (size_t)end)
        fail_msg("cannot read %s", path);
    return bytes;
}

/* Fill shape and n from the JSON of one tensor. */
static void read_shape(const json_t *entry, reference_tensor *tensor)
{
    const json_t *shape = json_object_get(entry, "shape");
    tensor->n_dims = json_array_size(shape);
    if (!json_is_array(shape) || tensor->n_dims > REFERENCE_MAX_DIMS)
        fail_msg("%s: bad shape", tensor->name);

    tensor->n = 1;
    for (size_t d = 0; d < REFERENCE_MAX_DIMS; d++) {
        const json_int_t size =
            d < tensor->n_dims ? json_integer_value(json_array_get(shape, d))
                               : 1;
        if (size < 0 || size > INT32_MAX)
            fail_msg("%s: bad shape", tensor->name);
        tensor->shape[d] = (size_t)size;
        tensor->n *= (size_t)size;
    }
}

/* Point the member that dtype names at the elements; gives their size. */
static size_t set_elements(reference_tensor *tensor, const char *dtype,
                           const void *elements)
{
    if (strcmp(dtype, "F32") == 0) {
        tensor->f32 = elements;
        return 4;
    }
    if (strcmp(dtype, "F64") == 0) {
        tensor->f64 = elements;
        return 8;
    }
    if (strcmp(dtype, "I32") == 0) {
        tensor->i32 = elements;
        return 4;
    }
    if (strcmp(dtype, "I16") == 0) {
        tensor->i16 = elements;
        return 2;
    }
    fail_msg("%s: dtype %s", tensor->name, dtype);
    return 0;
}

static void read_tensor(reference *file, const char *name, const json_t *entry)
{
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    const json_int_t begin = json_integer_value(json_array_get(offsets, 0));
    const json_int_t end = json_integer_value(json_array_get(offsets, 1));
    if (!dtype || json_array_size(offsets) != 2 || begin < 0 || end < begin ||
        (size_t)end > file->n_bytes)
        fail_msg("%s: bad entry", name);

    /* A copy, since the offsets need not be aligned. */
    const size_t n_bytes = (size_t)(end - begin);
    void *block = malloc(n_bytes + 1);
    assert_non_null(block);
    memcpy(block, file->bytes + begin, n_bytes);
    file->blocks[file->n_tensors] = block;

    reference_tensor *tensor = &file->tensors[file->n_tensors++];
    tensor->name = name;
    read_shape(entry, tensor);
    if (tensor->n * set_elements(tensor, dtype, block) != n_bytes)
        fail_msg("%s: %zu bytes do not fit the shape", name, n_bytes);
}

static void read_header(reference *file)
{
    const size_t n_entries = json_object_size(file->header);
    file->tensors = calloc(n_entries + 1, sizeof *file->tensors);
    file->blocks = calloc(n_entries + 1, sizeof *file->blocks);
    file->parsed = json_object();
    assert_non_null(file->tensors);
    assert_non_null(file->blocks);
    assert_non_null(file->parsed);

    const char *name;
    json_t *entry;
    json_object_foreach(file->header, name, entry)
    {
        if (strcmp(name, "__metadata__") == 0)
            file->metadata = entry;
        else
            read_tensor(file, name, entry);
    }

    const char *key;
    json_t *text;
    json_object_foreach(file->metadata, key, text)
    {
        json_t *object = json_loads(json_string_value(text), 0, NULL);
        if (json_is_object(object))
            json_object_set(file->parsed, key, object);
        json_decref(object);
    }
}

reference *reference_open(const char *path)
{
    reference *file = calloc(1, sizeof *file);
    assert_non_null(file);

    size_t n_bytes = 0;
    unsigned char *bytes = read_file(path, &n_bytes);
    uint64_t n_header = 0;
    for (size_t i = 0; i < 8 && i < n_bytes; i++)
        n_header |= (uint64_t)bytes[i] << (8 * i);
    if (n_bytes < 8 || n_header > n_bytes - 8)
        fail_msg("%s: no safetensors header", path);

    json_error_t error;
    file->header = json_loadb((const char *)bytes + 8, (size_t)n_header,
                              JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(file->header))
        fail_msg("%s: %s", path, error.text);

    file->n_bytes = n_bytes - 8 - (size_t)n_header;
    file->bytes = bytes + 8 + n_header;
    read_header(file);
    file->bytes = NULL;
    free(bytes);
    return file;
}

void reference_close(reference *file)
{
    if (!file)
        return;
    for (size_t i = 0; i < file->n_tensors; i++)
        free(file->blocks[i]);
    free(file->blocks);
    free(file->tensors);
    json_decref(file->parsed);
    json_decref(file->header);
    free(file);
}

const reference_tensor *reference_find(const reference *file, const char *name)
{
    for (size_t i = 0; i < file->n_tensors; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

size_t reference_n_tensors(const reference *file)
{
    return file->n_tensors;
}

const reference_tensor *reference_at(const reference *file, size_t index)
{
    assert_true(index < file->n_tensors);
    return &file->tensors[index];
}

/* The tensor, which must be there with n elements (0: any number). */
static const reference_tensor *require(const reference *file, const char *name,
                                       size_t n)
{
    const reference_tensor *tensor = reference_find(file, name);
    if (!tensor)
        fail_msg("no tensor %s", name);
    if (n != 0 && tensor->n != n)
        fail_msg("%s has %zu elements, not %zu", name, tensor->n, n);
    return tensor;
}

const float *reference_floats(const reference *file, const char *name, size_t n)
{
    const reference_tensor *tensor = require(file, name, n);
    if (!tensor->f32)
        fail_msg("%s is not F32", name);
    return tensor->f32;
}

const int32_t *reference_ints(const reference *file, const char *name, size_t n)
{
    const reference_tensor *tensor = require(file, name, n);
    if (!tensor->i32)
        fail_msg("%s is not I32", name);
    return tensor->i32;
}

const char *reference_metadata(const reference *file, const char *key)
{
    return json_string_value(json_object_get(file->metadata, key));
}

static const json_t *find_field(const reference *file, const char *key,
                                const char *field)
{
    return json_object_get(json_object_get(file->parsed, key), field);
}

bool reference_has(const reference *file, const char *key, const char *field)
{
    return find_field(file, key, field) != NULL;
}

double reference_number(const reference *file, const char *key,
                        const char *field, double fallback)
{
    const json_t *value = find_field(file, key, field);
    if (!value)
        return fallback;
    if (json_is_boolean(value))
        return json_is_true(value) ? 1.0 : 0.0;
    if (!json_is_number(value))
        fail_msg("%s: %s is not a number", key, field);
    return json_number_value(value);
}

const char *reference_text(const reference *file, const char *key,
                           const char *field, const char *fallback)
{
    const json_t *value = find_field(file, key, field);
    return value ? json_string_value(value) : fallback;
}
