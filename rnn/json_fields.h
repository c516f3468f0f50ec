/* rnn/json_fields.h -- members of structs from and to JSON objects, with their
 * ranges
 *
 * Errors begin with the file and name the field: "my.safetensors:
 * network.n_in: missing". Whatever makes JSON gives NULL when memory runs out;
 * json_object_set_new() and its like fail for a NULL value and take over the
 * value in any case. */
#ifndef PINNA_RNN_JSON_FIELDS_H
#define PINNA_RNN_JSON_FIELDS_H

#include "dsp/status.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>

typedef enum pinna_field_kind {
    PINNA_FIELD_SIZE,   /* size_t, a JSON integer */
    PINNA_FIELD_NUMBER, /* double, a JSON integer or real */
    PINNA_FIELD_FLAG,   /* bool */
} pinna_field_kind;

/* One member of a struct, under the same name in JSON. */
typedef struct pinna_field {
    const char *name;
    pinna_field_kind kind;
    size_t offset;
    double low, high; /* both ends included */
} pinna_field;

#define PINNA_N_FIELDS(fields) (sizeof(fields) / sizeof *(fields))

/* PINNA_BAD_FORMAT, with "FILE: GROUP.NAME: WHAT"; group may be "". */
pinna_status pinna_json_fail(const char *file, const char *group,
                             const char *name, const char *what,
                             pinna_error *error);
pinna_status pinna_json_no_memory(const char *file, pinna_error *error);

/* ---- reading ---- */

/* The object `group` of root -> the members of *into. */
pinna_status pinna_json_parse_fields(const char *file, const json_t *root,
                                     const char *group,
                                     const pinna_field *fields, size_t n_fields,
                                     void *into, pinna_error *error);

/* The string must be there; *text stays valid as long as object does. */
pinna_status pinna_json_parse_string(const char *file, const char *group,
                                     const json_t *object, const char *name,
                                     const char **text, pinna_error *error);

/* The array of 1 .. max strings `name` of root -> *strings [*n], the caller's
 * to free, also on failure. */
pinna_status pinna_json_parse_strings(const char *file, const json_t *root,
                                      const char *name, size_t max,
                                      char ***strings, size_t *n,
                                      pinna_error *error);

/* The member `name` of root must be true or false. */
pinna_status pinna_json_parse_flag(const char *file, const json_t *root,
                                   const char *name, bool *flag,
                                   pinna_error *error);

/* NULL, and *memory tells whether for want of it. */
json_t *pinna_json_load(const char *text, bool *memory, int *position);

/* ---- writing ---- */

/* PINNA_BAD_ARG for a member out of its range. */
pinna_status pinna_json_check_fields(const char *file, const char *group,
                                     const pinna_field *fields, size_t n_fields,
                                     const void *from, pinna_error *error);

/* PINNA_BAD_ARG for more than max strings, or one that is not UTF-8. */
pinna_status pinna_json_check_strings(const char *file, const char *name,
                                      char *const *strings, size_t n,
                                      size_t max, pinna_error *error);

json_t *pinna_json_make_fields(const pinna_field *fields, size_t n_fields,
                               const void *from);
json_t *pinna_json_make_strings(char *const *strings, size_t n);

/* Text with numbers as short as they may be to read back the same. NULL when
 * memory runs out. */
char *pinna_json_dump(const json_t *value);

#endif
