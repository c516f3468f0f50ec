#include "datasets/text_file.h"

#include "datasets/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

/* Up to the end of the file or the first zero byte, which is kept. */
static pinna_status read_bytes(FILE *file, const char *path, char **text,
                               size_t *n_bytes, pinna_error *error)
{
    size_t room = 0;

    errno = 0;
    const ssize_t n = getdelim(text, &room, '\0', file);
    if (ferror(file))
        return pinna_fail(error, PINNA_IO, "%s: %s", path, strerror(errno));
    if (n < 0 && !feof(file))
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    if (n < 0) { /* not even room for the closing zero may be there */
        free(*text);
        *text = calloc(1, 1);
        if (!*text)
            return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory",
                              path);
    }
    *n_bytes = n > 0 ? (size_t)n : 0;
    return PINNA_OK;
}

static pinna_status check(const char *path, const char *text, size_t n_bytes,
                          pinna_error *error)
{
    size_t line = 1;

    for (size_t i = 0; i < n_bytes;) {
        const size_t length = pinna_utf8_length(text + i);
        if (length == 0 || text[i] == '\0')
            return pinna_fail(error, PINNA_BAD_FORMAT, "%s:%zu: %s", path, line,
                              length ? "a zero byte: this is no text"
                                     : "not UTF-8");
        line += text[i] == '\n';
        i += length;
    }
    return PINNA_OK;
}

pinna_status pinna_text_file_read(const char *path, char **text,
                                  size_t *n_bytes, pinna_error *error)
{
    *text = NULL;
    *n_bytes = 0;
    FILE *file = fopen(path, "rb");
    if (!file && errno == ENOMEM)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    if (!file && errno == ENOENT)
        return pinna_fail(error, PINNA_NOT_FOUND, "no such file: %s", path);
    if (!file)
        return pinna_fail(error, PINNA_IO, "%s: %s", path, strerror(errno));

    /* stdio would allocate it, and go byte by byte when it cannot. */
    char buffer[BUFSIZ];
    setvbuf(file, buffer, _IOFBF, sizeof buffer);
    pinna_status status = read_bytes(file, path, text, n_bytes, error);
    fclose(file);

    if (!status &&
        strncmp(*text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0) {
        *n_bytes -= strlen(BYTE_ORDER_MARK);
        memmove(*text, *text + strlen(BYTE_ORDER_MARK), *n_bytes + 1);
    }
    if (!status)
        status = check(path, *text, *n_bytes, error);
    if (status) {
        free(*text);
        *text = NULL;
        *n_bytes = 0;
    }
    return status;
}
