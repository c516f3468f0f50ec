/* tests/json_memory.c -- lets parsing of JSON run out of memory cleanly
 *
 * When the buffer of its lexer cannot grow, jansson (up to 2.14 at least) loses
 * characters and then runs into an assertion. So where a test makes allocations
 * fail, the linker puts these in place of json_loads() and json_loadb(): they
 * fail as a whole, as if their first allocation had, or not at all. */
#include "support.h"

#include <jansson.h>

#include <stdlib.h>
#include <string.h>

json_t *__real_json_loads(const char *text, size_t flags, json_error_t *error);
json_t *__real_json_loadb(const char *text, size_t n, size_t flags,
                          json_error_t *error);
json_t *__wrap_json_loads(const char *text, size_t flags, json_error_t *error);
json_t *__wrap_json_loadb(const char *text, size_t n, size_t flags,
                          json_error_t *error);

static int fails(json_error_t *error)
{
    void *first = malloc(1);
    if (!first && error) {
        /* jansson keeps the code in the last byte. */
        memset(error, 0, sizeof *error);
        strcpy(error->text, "out of memory");
        error->text[JSON_ERROR_TEXT_LENGTH - 1] = json_error_out_of_memory;
    }
    free(first);
    return !first;
}

json_t *__wrap_json_loads(const char *text, size_t flags, json_error_t *error)
{
    if (fails(error))
        return NULL;
    const size_t n_left = support_hold_failures();
    json_t *value = __real_json_loads(text, flags, error);
    support_release_failures(n_left);
    return value;
}

json_t *__wrap_json_loadb(const char *text, size_t n, size_t flags,
                          json_error_t *error)
{
    if (fails(error))
        return NULL;
    const size_t n_left = support_hold_failures();
    json_t *value = __real_json_loadb(text, n, flags, error);
    support_release_failures(n_left);
    return value;
}
