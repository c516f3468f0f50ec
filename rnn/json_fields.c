#include "rnn/json_fields.h"

#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

pinna_status pinna_json_fail(const char *file, const char *group,
                             const char *name, const char *what,
                             pinna_error *error)
{
    return pinna_fail(error, PINNA_BAD_FORMAT, "%s: %s%s%s: %s", file, group,
                      *group ? "." : "", name, what);
}

pinna_status pinna_json_no_memory(const char *file, pinna_error *error)
{
    return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", file);
}

static pinna_status out_of_range(const char *file, const char *group,
                                 const pinna_field *f, double value,
                                 pinna_status status, pinna_error *error)
{
    return pinna_fail(error, status, "%s: %s.%s: %g is not within %g to %g",
                      file, group, f->name, value, f->low, f->high);
}

static pinna_status parse_field(const char *file, const char *group,
                                const json_t *object, const pinna_field *f,
                                void *into, pinna_error *error)
{
    const json_t *value = json_object_get(object, f->name);
    void *member = (char *)into + f->offset;

    if (!value)
        return pinna_json_fail(file, group, f->name, "missing", error);
    if (f->kind == PINNA_FIELD_FLAG) {
        if (!json_is_boolean(value))
            return pinna_json_fail(file, group, f->name, "not true or false",
                                   error);
        *(bool *)member = json_is_true(value);
        return PINNA_OK;
    }
    if (f->kind == PINNA_FIELD_SIZE && !json_is_integer(value))
        return pinna_json_fail(file, group, f->name, "not a whole number",
                               error);
    if (!json_is_number(value))
        return pinna_json_fail(file, group, f->name, "not a number", error);

    const double number = json_number_value(value);
    if (!(number >= f->low && number <= f->high))
        return out_of_range(file, group, f, number, PINNA_BAD_FORMAT, error);
    if (f->kind == PINNA_FIELD_SIZE)
        *(size_t *)member = (size_t)number;
    else
        *(double *)member = number;
    return PINNA_OK;
}

pinna_status pinna_json_parse_fields(const char *file, const json_t *root,
                                     const char *group,
                                     const pinna_field *fields, size_t n_fields,
                                     void *into, pinna_error *error)
{
    const json_t *object = json_object_get(root, group);
    if (!json_is_object(object))
        return pinna_json_fail(file, "", group,
                               object ? "not an object" : "missing", error);

    pinna_status status = PINNA_OK;
    for (size_t i = 0; !status && i < n_fields; i++)
        status = parse_field(file, group, object, &fields[i], into, error);
    return status;
}

pinna_status pinna_json_parse_string(const char *file, const char *group,
                                     const json_t *object, const char *name,
                                     const char **text, pinna_error *error)
{
    const json_t *value = json_object_get(object, name);
    *text = json_string_value(value);
    if (*text)
        return PINNA_OK;
    return pinna_json_fail(file, group, name,
                           value ? "not a string" : "missing", error);
}

pinna_status pinna_json_parse_flag(const char *file, const json_t *root,
                                   const char *name, bool *flag,
                                   pinna_error *error)
{
    const json_t *value = json_object_get(root, name);

    if (!json_is_boolean(value))
        return pinna_json_fail(file, "", name,
                               value ? "not true or false" : "missing", error);
    *flag = json_is_true(value);
    return PINNA_OK;
}

pinna_status pinna_json_parse_strings(const char *file, const json_t *root,
                                      const char *name, size_t max,
                                      char ***strings, size_t *n,
                                      pinna_error *error)
{
    const json_t *array = json_object_get(root, name);
    const size_t n_asked = json_array_size(array);

    if (!json_is_array(array))
        return pinna_json_fail(file, "", name,
                               array ? "not an array" : "missing", error);
    if (n_asked == 0 || n_asked > max)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: %s: %zu of them, not 1 to %zu", file, name,
                          n_asked, max);
    *strings = calloc(n_asked, sizeof **strings);
    if (!*strings)
        return pinna_json_no_memory(file, error);
    *n = n_asked;
    for (size_t i = 0; i < n_asked; i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (!text)
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s: %s[%zu]: not a string", file, name, i);
        (*strings)[i] = strdup(text);
        if (!(*strings)[i])
            return pinna_json_no_memory(file, error);
    }
    return PINNA_OK;
}

/* NULL, and *memory tells whether for want of it. jansson leaves the error
 * empty when it fails before the first character. */
json_t *pinna_json_load(const char *text, bool *memory, int *position)
{
    json_error_t error = {0};
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    *memory = !root && (!error.text[0] ||
                        json_error_code(&error) == json_error_out_of_memory);
    *position = error.position;
    return root;
}

/* Text with reals of so many digits. Not by json_dumps(), which may lose a key
 * when memory runs out. */
static char *dump_digits(const json_t *value, size_t n_digits)
{
    const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(n_digits);
    const size_t n = json_dumpb(value, NULL, 0, flags);
    char *text = n > 0 ? malloc(n + 1) : NULL;

    if (!text)
        return NULL;
    if (json_dumpb(value, text, n, flags) != n) {
        free(text);
        return NULL;
    }
    text[n] = '\0';
    return text;
}

/* Text with numbers as short as they may be to read back the same: 15 digits
 * keep what people write, 17 any double. NULL when memory runs out. */
char *pinna_json_dump(const json_t *value)
{
    for (size_t n_digits = 15; n_digits <= 17; n_digits++) {
        bool memory;
        int position;
        char *text = dump_digits(value, n_digits);
        json_t *again = text ? pinna_json_load(text, &memory, &position) : NULL;
        const bool same = json_equal(value, again);

        json_decref(again);
        if (same)
            return text;
        free(text);
        if (!text || memory)
            return NULL;
    }
    return NULL;
}

/* ---- writing ---- */

pinna_status pinna_json_check_fields(const char *file, const char *group,
                                     const pinna_field *fields, size_t n_fields,
                                     const void *from, pinna_error *error)
{
    for (size_t i = 0; i < n_fields; i++) {
        const pinna_field *f = &fields[i];
        const void *member = (const char *)from + f->offset;
        if (f->kind == PINNA_FIELD_FLAG)
            continue;
        const double number = f->kind == PINNA_FIELD_SIZE
                                  ? (double)*(const size_t *)member
                                  : *(const double *)member;
        if (!(number >= f->low && number <= f->high))
            return out_of_range(file, group, f, number, PINNA_BAD_ARG, error);
    }
    return PINNA_OK;
}

static json_t *make_field(const pinna_field *f, const void *from)
{
    const void *member = (const char *)from + f->offset;

    if (f->kind == PINNA_FIELD_FLAG)
        return json_boolean(*(const bool *)member);
    if (f->kind == PINNA_FIELD_SIZE)
        return json_integer((json_int_t) * (const size_t *)member);
    return json_real(*(const double *)member);
}

json_t *pinna_json_make_fields(const pinna_field *fields, size_t n_fields,
                               const void *from)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < n_fields; i++)
        if (json_object_set_new(object, fields[i].name,
                                make_field(&fields[i], from))) {
            json_decref(object);
            object = NULL;
        }
    return object;
}

json_t *pinna_json_make_strings(char *const *strings, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < n; i++)
        if (json_array_append_new(array, json_string(strings[i]))) {
            json_decref(array);
            array = NULL;
        }
    return array;
}

static pinna_status check_utf8(const char *file, const char *name, size_t index,
                               const char *text, pinna_error *error)
{
    json_error_t json_error = {0};
    json_t *value = json_pack_ex(&json_error, 0, "s", text);
    if (value) {
        json_decref(value);
        return PINNA_OK;
    }
    if (json_error_code(&json_error) != json_error_invalid_utf8)
        return pinna_json_no_memory(file, error);
    return pinna_fail(error, PINNA_BAD_ARG, "%s: %s[%zu]: not UTF-8", file,
                      name, index);
}

pinna_status pinna_json_check_strings(const char *file, const char *name,
                                      char *const *strings, size_t n,
                                      size_t max, pinna_error *error)
{
    pinna_status status = PINNA_OK;

    if (n > max)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: %s: %zu of them, not 1 to %zu", file, name, n,
                          max);
    for (size_t i = 0; !status && i < n; i++)
        status = check_utf8(file, name, i, strings[i], error);
    return status;
}
