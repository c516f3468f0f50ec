#include "rnn/safetensors.h"

#include "rnn/whole_file.h"

#include <jansson.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "values are copied as they lie in the file");

#define FILE_MAX   ((size_t)1 << 31)
#define HEADER_MAX 100000000u /* as the format's own reader */
#define ALIGNMENT  64

/* Bytes of a name that an error line shows. */
#define SHOWN_MAX 80

static const char metadata_key[] = "__metadata__";

static const struct {
    const char *name;
    size_t size; /* bytes of a value */
} dtypes[] = {
    [PINNA_F32] = {"F32", 4},
    [PINNA_I32] = {"I32", 4},
    [PINNA_I8] = {"I8", 1},
};
enum { N_DTYPES = sizeof dtypes / sizeof *dtypes };

/* Well-formed, but not for us. */
static const char *const other_dtypes[] = {"BOOL", "U8",  "F8_E5M2", "F8_E4M3",
                                           "I16",  "U16", "F16",     "BF16",
                                           "U32",  "F64", "I64",     "U64"};

/* A tensor and where its bytes lie behind the header. */
typedef struct tensor_entry {
    pinna_tensor tensor;
    size_t begin, end;
} tensor_entry;

struct pinna_safetensors {
    char *name;
    json_t *root; /* owns the strings */
    tensor_entry *entries;
    size_t n_entries;
    void *data; /* of all tensors, each on a multiple of ALIGNMENT */
};

/* Text of a file as it may stand in an error line: cut, and no controls. */
typedef struct shown {
    char text[SHOWN_MAX + 1];
} shown;

static shown show(const char *text)
{
    shown out = {{0}};
    for (size_t i = 0; i < SHOWN_MAX && text[i]; i++)
        out.text[i] =
            (unsigned char)text[i] < ' ' || text[i] == 127 ? '?' : text[i];
    return out;
}

static size_t count_bytes(const pinna_tensor *tensor)
{
    return tensor->n * dtypes[tensor->dtype].size;
}

static size_t round_up(size_t n)
{
    return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Values before the first that is infinite or NaN. */
static size_t count_finite(const pinna_tensor *tensor)
{
    const float *values = tensor->data;
    size_t i = 0;
    while (i < tensor->n && (tensor->dtype != PINNA_F32 || isfinite(values[i])))
        i++;
    return i;
}

/* ---- reading ---- */

static pinna_status fail_tensor(const pinna_safetensors *file,
                                const pinna_tensor *tensor, pinna_error *error,
                                pinna_status status, const char *what)
{
    return pinna_fail(error, status, "%s: tensor \"%s\": %s", file->name,
                      show(tensor->name).text, what);
}

static pinna_status parse_dtype(const pinna_safetensors *file,
                                const json_t *value, pinna_tensor *tensor,
                                pinna_error *error)
{
    const char *dtype = json_string_value(value);
    if (!dtype)
        return fail_tensor(file, tensor, error, PINNA_BAD_FORMAT,
                           "dtype is not a string");
    for (size_t i = 0; i < N_DTYPES; i++)
        if (strcmp(dtype, dtypes[i].name) == 0) {
            tensor->dtype = (pinna_dtype)i;
            return PINNA_OK;
        }

    pinna_status status = PINNA_BAD_FORMAT;
    for (size_t i = 0; i < sizeof other_dtypes / sizeof *other_dtypes; i++)
        if (strcmp(dtype, other_dtypes[i]) == 0)
            status = PINNA_UNSUPPORTED;
    return pinna_fail(error, status,
                      "%s: tensor \"%s\": dtype is \"%s\", not F32, I32 or I8",
                      file->name, show(tensor->name).text, show(dtype).text);
}

/* A JSON integer in 0..FILE_MAX. */
static bool parse_size(const json_t *value, size_t *size)
{
    const json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || (uint64_t)number > FILE_MAX)
        return false;
    *size = (size_t)number;
    return true;
}

static pinna_status parse_shape(const pinna_safetensors *file,
                                const json_t *value, pinna_tensor *tensor,
                                pinna_error *error)
{
    if (!json_is_array(value))
        return fail_tensor(file, tensor, error, PINNA_BAD_FORMAT,
                           "shape is not an array");
    tensor->n_dims = json_array_size(value);
    if (tensor->n_dims > PINNA_TENSOR_MAX_DIMS)
        return fail_tensor(file, tensor, error, PINNA_UNSUPPORTED,
                           "shape has more than 4 dimensions");

    uint64_t n = 1;
    for (size_t i = 0; i < tensor->n_dims; i++) {
        if (!parse_size(json_array_get(value, i), &tensor->shape[i]))
            return fail_tensor(file, tensor, error, PINNA_BAD_FORMAT,
                               "shape holds something else than sizes");
        n *= tensor->shape[i]; /* below 2^62: both factors are <= FILE_MAX */
        if (n > FILE_MAX)
            return fail_tensor(file, tensor, error, PINNA_BAD_FORMAT,
                               "shape is too large");
    }
    tensor->n = (size_t)n;
    return PINNA_OK;
}

static pinna_status parse_offsets(const pinna_safetensors *file,
                                  const json_t *value, tensor_entry *entry,
                                  size_t n_data, pinna_error *error)
{
    const pinna_tensor *tensor = &entry->tensor;
    if (json_array_size(value) != 2 ||
        !parse_size(json_array_get(value, 0), &entry->begin) ||
        !parse_size(json_array_get(value, 1), &entry->end))
        return fail_tensor(file, tensor, error, PINNA_BAD_FORMAT,
                           "data_offsets are not two sizes");
    if (entry->begin > entry->end || entry->end > n_data)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: tensor \"%s\": data_offsets [%zu, %zu] do not "
                          "lie in the %zu bytes of data",
                          file->name, show(tensor->name).text, entry->begin,
                          entry->end, n_data);
    if (entry->end - entry->begin != count_bytes(tensor))
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: tensor \"%s\": data_offsets hold %zu bytes "
                          "but the shape holds %zu values",
                          file->name, show(tensor->name).text,
                          entry->end - entry->begin, tensor->n);
    return PINNA_OK;
}

static pinna_status parse_entry(const pinna_safetensors *file, const char *name,
                                const json_t *value, size_t n_data,
                                tensor_entry *entry, pinna_error *error)
{
    pinna_tensor *tensor = &entry->tensor;
    tensor->name = name;
    if (json_object_size(value) != 3 || !json_object_get(value, "dtype") ||
        !json_object_get(value, "shape") ||
        !json_object_get(value, "data_offsets"))
        return fail_tensor(file, tensor, error, PINNA_BAD_FORMAT,
                           "is not an object of dtype, shape, data_offsets");

    pinna_status status =
        parse_dtype(file, json_object_get(value, "dtype"), tensor, error);
    if (!status)
        status =
            parse_shape(file, json_object_get(value, "shape"), tensor, error);
    if (!status)
        status = parse_offsets(file, json_object_get(value, "data_offsets"),
                               entry, n_data, error);
    return status;
}

static pinna_status check_metadata(const pinna_safetensors *file,
                                   json_t *metadata, pinna_error *error)
{
    const char *key;
    json_t *value;

    if (!json_is_object(metadata))
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: __metadata__ is not an object", file->name);
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value))
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s: __metadata__ \"%s\" is not a string",
                              file->name, show(key).text);
    }
    return PINNA_OK;
}

static int compare_entries(const void *left, const void *right)
{
    const tensor_entry *a = left, *b = right;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return strcmp(a->tensor.name, b->tensor.name);
}

static pinna_status fail_memory(const pinna_safetensors *file,
                                pinna_error *error)
{
    return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", file->name);
}

/* The JSON text [n] of the header -> root. */
static pinna_status parse_json(pinna_safetensors *file, const char *text,
                               size_t n, pinna_error *error)
{
    json_error_t json_error = {0}; /* jansson sets its code late */
    if (n == 0 || text[0] != '{')
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: the header does not begin with {", file->name);

    file->root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &json_error);
    if (file->root)
        return PINNA_OK;

    /* jansson 2.14 calls some failed allocations syntax errors: when a second
     * look succeeds, that is what it was. */
    json_t *second = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    if (second || json_error.text[0] == '\0') {
        json_decref(second);
        return fail_memory(file, error);
    }
    return pinna_fail(error, PINNA_BAD_FORMAT, "%s: header, byte %d: %s",
                      file->name, json_error.position,
                      show(json_error.text).text);
}

/* root -> entries, in order of the data. */
static pinna_status parse_entries(pinna_safetensors *file, size_t n_data,
                                  pinna_error *error)
{
    const char *key;
    json_t *value;

    file->entries =
        calloc(json_object_size(file->root) + 1, sizeof *file->entries);
    if (!file->entries)
        return fail_memory(file, error);

    json_object_foreach(file->root, key, value)
    {
        const pinna_status status =
            strcmp(key, metadata_key) == 0
                ? check_metadata(file, value, error)
                : parse_entry(file, key, value, n_data,
                              &file->entries[file->n_entries++], error);
        if (status)
            return status;
    }
    qsort(file->entries, file->n_entries, sizeof *file->entries,
          compare_entries);
    return PINNA_OK;
}

/* Entries in order: each begins where the one before ends. */
static pinna_status check_order(const pinna_safetensors *file, size_t n_data,
                                pinna_error *error)
{
    size_t end = 0;
    for (size_t i = 0; i < file->n_entries; i++) {
        const tensor_entry *entry = &file->entries[i];
        if (entry->begin != end)
            return pinna_fail(
                error, PINNA_BAD_FORMAT,
                "%s: tensor \"%s\": data_offsets %s: begin at %zu, not %zu",
                file->name, show(entry->tensor.name).text,
                entry->begin < end ? "overlap" : "leave a gap", entry->begin,
                end);
        end = entry->end;
    }
    if (end != n_data)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: %zu bytes after the last tensor", file->name,
                          n_data - end);
    return PINNA_OK;
}

/* Copy the values of every tensor to an aligned place of its own. */
static pinna_status copy_data(pinna_safetensors *file,
                              const unsigned char *bytes, pinna_error *error)
{
    size_t total = ALIGNMENT; /* so that a tensor of 0 values has a place */
    for (size_t i = 0; i < file->n_entries; i++)
        total += round_up(count_bytes(&file->entries[i].tensor));
    file->data = aligned_alloc(ALIGNMENT, total);
    if (!file->data)
        return fail_memory(file, error);

    unsigned char *place = file->data;
    for (size_t i = 0; i < file->n_entries; i++) {
        pinna_tensor *tensor = &file->entries[i].tensor;
        const unsigned char *from = bytes + file->entries[i].begin;

        memcpy(place, from, count_bytes(tensor));
        tensor->data = place;
        const size_t n_finite = count_finite(tensor);
        if (n_finite < tensor->n)
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s: tensor \"%s\": value %zu is not finite",
                              file->name, show(tensor->name).text, n_finite);
        place += round_up(count_bytes(tensor));
    }
    return PINNA_OK;
}

static pinna_status parse_into(pinna_safetensors *file,
                               const unsigned char *bytes, size_t n_bytes,
                               pinna_error *error)
{
    if (n_bytes < 8)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: %zu bytes are too few for a header", file->name,
                          n_bytes);
    if (n_bytes > FILE_MAX)
        return pinna_fail(error, PINNA_UNSUPPORTED, "%s: larger than 2 GiB",
                          file->name);

    uint64_t n_header;
    memcpy(&n_header, bytes, sizeof n_header);
    if (n_header > n_bytes - 8 || n_header > HEADER_MAX)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: header length %llu is more than the file holds "
                          "or the format allows",
                          file->name, (unsigned long long)n_header);

    const size_t n_data = n_bytes - 8 - (size_t)n_header;
    pinna_status status =
        parse_json(file, (const char *)bytes + 8, (size_t)n_header, error);
    if (!status)
        status = parse_entries(file, n_data, error);
    if (!status)
        status = check_order(file, n_data, error);
    if (!status)
        status = copy_data(file, bytes + 8 + n_header, error);
    return status;
}

pinna_status pinna_safetensors_parse(const void *bytes, size_t n_bytes,
                                     const char *name, pinna_safetensors **out,
                                     pinna_error *error)
{
    *out = NULL;
    pinna_safetensors *file = calloc(1, sizeof *file);
    if (file)
        file->name = strdup(name);
    if (!file || !file->name) {
        pinna_safetensors_free(file);
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", name);
    }

    const pinna_status status = parse_into(file, bytes, n_bytes, error);
    if (status) {
        pinna_safetensors_free(file);
        return status;
    }
    *out = file;
    return PINNA_OK;
}

void pinna_safetensors_free(pinna_safetensors *file)
{
    if (!file)
        return;
    json_decref(file->root);
    free(file->entries);
    free(file->data);
    free(file->name);
    free(file);
}

pinna_status pinna_safetensors_read(const char *path, pinna_safetensors **out,
                                    pinna_error *error)
{
    unsigned char *bytes;
    size_t n_bytes;

    *out = NULL;
    pinna_status status =
        pinna_whole_file_read(path, FILE_MAX, &bytes, &n_bytes, error);
    if (!status)
        status = pinna_safetensors_parse(bytes, n_bytes, path, out, error);
    free(bytes);
    return status;
}

size_t pinna_safetensors_count(const pinna_safetensors *file)
{
    return file->n_entries;
}

const pinna_tensor *pinna_safetensors_at(const pinna_safetensors *file,
                                         size_t index)
{
    return index < file->n_entries ? &file->entries[index].tensor : NULL;
}

const pinna_tensor *pinna_safetensors_find(const pinna_safetensors *file,
                                           const char *name)
{
    for (size_t i = 0; i < file->n_entries; i++)
        if (strcmp(file->entries[i].tensor.name, name) == 0)
            return &file->entries[i].tensor;
    return NULL;
}

const char *pinna_safetensors_metadata(const pinna_safetensors *file,
                                       const char *key)
{
    return json_string_value(
        json_object_get(json_object_get(file->root, metadata_key), key));
}

const char *pinna_safetensors_name(const pinna_safetensors *file)
{
    return file->name;
}

/* ---- writing ---- */

static pinna_status check_tensor(const pinna_tensor *tensors, size_t index,
                                 const char *path, pinna_error *error)
{
    const pinna_tensor *tensor = &tensors[index];
    const char *what = NULL;
    size_t n = 1;

    for (size_t i = 0; i < tensor->n_dims && i < PINNA_TENSOR_MAX_DIMS; i++) {
        if (tensor->shape[i] > FILE_MAX || n > FILE_MAX)
            what = "is too large";
        n *= tensor->shape[i];
    }
    for (size_t i = 0; i < index; i++)
        if (strcmp(tensors[i].name, tensor->name) == 0)
            what = "is there twice";

    if (strcmp(tensor->name, metadata_key) == 0)
        what = "has a name that the format keeps for itself";
    else if ((size_t)tensor->dtype >= N_DTYPES)
        what = "has no known dtype";
    else if (tensor->n_dims > PINNA_TENSOR_MAX_DIMS)
        what = "has more than 4 dimensions";
    else if (!what && n != tensor->n)
        what = "has another number of values than its shape";
    else if (!what && count_finite(tensor) < tensor->n)
        what = "holds a value that is not finite";
    if (!what)
        return PINNA_OK;
    return pinna_fail(error, PINNA_BAD_ARG, "%s: tensor \"%s\" %s", path,
                      show(tensor->name).text, what);
}

/* The entry of a tensor whose data begin at *offset, which moves on; NULL when
 * that fails. */
static json_t *make_entry(const pinna_tensor *tensor, size_t *offset)
{
    const size_t begin = *offset;
    *offset += count_bytes(tensor);

    json_t *shape = json_array();
    for (size_t i = 0; shape && i < tensor->n_dims; i++)
        if (json_array_append_new(shape,
                                  json_integer((json_int_t)tensor->shape[i]))) {
            json_decref(shape);
            shape = NULL;
        }
    if (!shape)
        return NULL;
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype",
                     dtypes[tensor->dtype].name, "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)*offset);
}

/* NULL when memory runs out or a string is not UTF-8. */
static json_t *make_header(const pinna_tensor *tensors, size_t n_tensors,
                           const char *const *metadata, size_t n_metadata)
{
    json_t *root = json_object(), *strings = json_object();
    size_t offset = 0;
    /* json_object_set_new() fails for NULL, and takes what it is given also
     * then. */
    bool good = root && strings;

    for (size_t i = 0; good && i < n_metadata; i++)
        good = json_object_set_new(strings, metadata[2 * i],
                                   json_string(metadata[2 * i + 1])) == 0;
    good = good && json_object_set(root, metadata_key, strings) == 0;
    for (size_t i = 0; good && i < n_tensors; i++)
        good = json_object_set_new(root, tensors[i].name,
                                   make_entry(&tensors[i], &offset)) == 0;
    json_decref(strings);
    if (!good) {
        json_decref(root);
        return NULL;
    }
    return root;
}

/* The first n_bytes of the file, which the caller frees: length, JSON, spaces
 * up to a multiple of ALIGNMENT. */
static unsigned char *dump_header(const json_t *root, size_t *n_bytes)
{
    const size_t n_text = json_dumpb(root, NULL, 0, JSON_COMPACT);
    if (n_text == 0)
        return NULL;

    *n_bytes = round_up(8 + n_text);
    unsigned char *bytes = malloc(*n_bytes);
    if (!bytes)
        return NULL;

    const uint64_t n_header = *n_bytes - 8;
    memcpy(bytes, &n_header, sizeof n_header);
    memset(bytes + 8, ' ', n_header);
    if (json_dumpb(root, (char *)bytes + 8, n_text, JSON_COMPACT) != n_text) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

static pinna_status check_utf8(const char *path, const char *text,
                               pinna_error *error)
{
    json_error_t json_error = {0}; /* jansson sets its code late */
    json_t *value = json_pack_ex(&json_error, 0, "s", text);
    if (value) {
        json_decref(value);
        return PINNA_OK;
    }
    if (json_error_code(&json_error) == json_error_invalid_utf8)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: a name or metadata are not UTF-8", path);
    return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
}

static pinna_status check_tensors(const char *path, const pinna_tensor *tensors,
                                  size_t n_tensors, pinna_error *error)
{
    size_t n_bytes = 0;

    for (size_t i = 0; i < n_tensors; i++) {
        pinna_status status = check_tensor(tensors, i, path, error);
        if (!status)
            status = check_utf8(path, tensors[i].name, error);
        if (status)
            return status;
        n_bytes += count_bytes(&tensors[i]);
        if (tensors[i].n > FILE_MAX || n_bytes > FILE_MAX - HEADER_MAX)
            return pinna_fail(error, PINNA_BAD_ARG,
                              "%s: the tensors are larger than 2 GiB", path);
    }
    return PINNA_OK;
}

/* pairs {key, value, key, value, ...}. */
static pinna_status check_pairs(const char *path, const char *const *pairs,
                                size_t n_pairs, pinna_error *error)
{
    for (size_t i = 0; i < 2 * n_pairs; i++) {
        const pinna_status status = check_utf8(path, pairs[i], error);
        if (status)
            return status;
    }
    for (size_t i = 0; i < n_pairs; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(pairs[2 * i], pairs[2 * j]) == 0)
                return pinna_fail(error, PINNA_BAD_ARG,
                                  "%s: metadata \"%s\" is there twice", path,
                                  show(pairs[2 * i]).text);
    return PINNA_OK;
}

pinna_status pinna_safetensors_write(const char *path,
                                     const pinna_tensor *tensors,
                                     size_t n_tensors,
                                     const char *const *metadata,
                                     size_t n_metadata, pinna_error *error)
{
    pinna_status status = check_tensors(path, tensors, n_tensors, error);
    if (!status)
        status = check_pairs(path, metadata, n_metadata, error);
    if (status)
        return status;

    json_t *root = make_header(tensors, n_tensors, metadata, n_metadata);
    size_t n_header = 0;
    unsigned char *header = root ? dump_header(root, &n_header) : NULL;
    pinna_file_part *parts = calloc(n_tensors + 1, sizeof *parts);
    json_decref(root);
    if (header && parts) {
        parts[0] = (pinna_file_part){header, n_header};
        for (size_t i = 0; i < n_tensors; i++)
            parts[i + 1] =
                (pinna_file_part){tensors[i].data, count_bytes(&tensors[i])};
        status = pinna_whole_file_replace(path, parts, n_tensors + 1, error);
    } else {
        status = pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    }
    free(parts);
    free(header);
    return status;
}
