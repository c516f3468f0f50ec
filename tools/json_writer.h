/* tools/json_writer.h -- JSON text for machines, written as it comes
 *
 *     pinna_json json = {.file = stdout};
 *     pinna_json_open(&json, NULL, '{');
 *     pinna_json_string(&json, "file", "a.wav");
 *     pinna_json_open(&json, "words", '[');
 *     pinna_json_close(&json, ']');
 *     pinna_json_close(&json, '}');
 *
 * key is NULL for elements of an array and for the outermost value, which is
 * followed by a newline. */
#ifndef PINNA_TOOLS_JSON_WRITER_H
#define PINNA_TOOLS_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct pinna_json {
    FILE *file;
    size_t depth;
    bool comma; /* the next member needs one */
} pinna_json;

/* bracket: '{' or '[', and '}' or ']'. */
void pinna_json_open(pinna_json *json, const char *key, char bracket);
void pinna_json_close(pinna_json *json, char bracket);

/* NULL gives null. Bytes that are no UTF-8 become U+FFFD. */
void pinna_json_string(pinna_json *json, const char *key, const char *value);

/* With `decimals` places; what is not finite gives null. */
void pinna_json_number(pinna_json *json, const char *key, double value,
                       int decimals);
/* As short as it reads back as the same number. */
void pinna_json_exactly(pinna_json *json, const char *key, double value);
void pinna_json_count(pinna_json *json, const char *key, size_t value);
void pinna_json_bool(pinna_json *json, const char *key, bool value);

/* text is JSON already. NULL gives null. */
void pinna_json_raw(pinna_json *json, const char *key, const char *text);

#endif
