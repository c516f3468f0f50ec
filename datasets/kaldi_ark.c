#include "datasets/kaldi_ark.h"

#include "datasets/byte_order.h"
#include "datasets/kaldi_compressed.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing ---- */

static void write_text(FILE *file, const pinna_matrix *m)
{
    fputs(" [", file);
    for (size_t r = 0; r < m->n_rows; r++) {
        fputs("\n  ", file);
        for (size_t c = 0; c < m->n_columns; c++)
            fprintf(file, "%.9g ", (double)m->values[r * m->n_columns + c]);
    }
    fputs("]\n", file);
}

static void write_floats(FILE *file, const pinna_matrix *m)
{
    fputs("FM ", file);
    fputc(4, file); /* bytes of the number that follows */
    pinna_put_u32_le(file, (uint32_t)m->n_rows);
    fputc(4, file);
    pinna_put_u32_le(file, (uint32_t)m->n_columns);
    for (size_t i = 0; i < m->n_rows * m->n_columns; i++)
        pinna_put_f32_le(file, m->values[i]);
}

pinna_status pinna_ark_write(FILE *file, pinna_ark_form form,
                             const pinna_matrix *matrix, long *offset,
                             pinna_error *error)
{
    const char *key = matrix->key ? matrix->key : "";
    pinna_status status = PINNA_OK;

    if (!*key || strpbrk(key, " \t\r\n"))
        return pinna_fail(error, PINNA_BAD_ARG,
                          "\"%s\" cannot be a key: it is empty or has spaces",
                          key);
    if (matrix->n_rows > INT32_MAX || matrix->n_columns > INT32_MAX)
        return pinna_fail(error, PINNA_BAD_ARG, "%s: too large for an archive",
                          key);
    fprintf(file, "%s ", key);
    if (offset)
        *offset = ftell(file);
    if (form == PINNA_ARK_TEXT) {
        write_text(file, matrix);
        return PINNA_OK;
    }
    fputc('\0', file);
    fputc('B', file);
    if (form == PINNA_ARK_FLOAT)
        write_floats(file, matrix);
    else
        status = pinna_kaldi_compressed_write(file, form, matrix);
    return status ? pinna_fail(error, status, "%s: out of memory", key)
                  : PINNA_OK;
}

/* ---- reading ---- */

typedef struct source {
    FILE *file;
    const char *path, *key;
} source;

static pinna_status damaged(const source *from, const char *what,
                            pinna_error *error)
{
    return pinna_fail(error, PINNA_BAD_FORMAT, "%s: %s: %s", from->path,
                      from->key, what);
}

static bool get_bytes(const source *from, unsigned char *bytes, size_t n)
{
    return fread(bytes, 1, n, from->file) == n;
}

/* A count of four bytes; with its size byte before it, unless packed. */
static bool get_count(const source *from, bool packed, uint32_t *count)
{
    unsigned char bytes[5];
    const size_t n = packed ? 4 : 5;

    if (!get_bytes(from, bytes, n) || (!packed && bytes[0] != 4))
        return false;
    *count = pinna_u32_le(bytes + n - 4);
    return *count <= INT32_MAX;
}

static pinna_status read_dimensions(const source *from, bool packed,
                                    bool is_vector, size_t value_size,
                                    pinna_matrix *m, pinna_error *error)
{
    uint32_t n_rows = 1, n_columns;

    if ((!is_vector && !get_count(from, packed, &n_rows)) ||
        !get_count(from, packed, &n_columns))
        return damaged(from, "its size is damaged", error);
    if (is_vector && n_columns == 0)
        n_rows = 0;
    if (!pinna_matrix_file_holds(from->file,
                                 (uint64_t)n_rows * n_columns * value_size))
        return damaged(from, "the file ends within it", error);
    return pinna_matrix_allocate(m, from->path, n_rows, n_columns, error);
}

static pinna_status read_plain(const source *from, bool is_double,
                               bool is_vector, pinna_matrix *m,
                               pinna_error *error)
{
    const size_t size = is_double ? 8 : 4;
    const pinna_status status =
        read_dimensions(from, false, is_vector, size, m, error);
    if (status)
        return status;
    for (size_t i = 0; i < m->n_rows * m->n_columns; i++) {
        unsigned char bytes[8];
        if (!get_bytes(from, bytes, size))
            return damaged(from, "the file ends within it", error);
        m->values[i] =
            is_double ? (float)pinna_f64_le(bytes) : pinna_f32_le(bytes);
    }
    return PINNA_OK;
}

static pinna_status read_compressed(const source *from, pinna_ark_form form,
                                    pinna_matrix *m, pinna_error *error)
{
    unsigned char bytes[8];

    if (!get_bytes(from, bytes, 8))
        return damaged(from, "the file ends within it", error);
    const pinna_kaldi_range range = {pinna_f32_le(bytes),
                                     pinna_f32_le(bytes + 4)};
    pinna_status status = read_dimensions(
        from, true, false, form == PINNA_ARK_CM2 ? 2 : 1, m, error);
    if (status)
        return status;
    status = pinna_kaldi_compressed_read(from->file, form, range, m);
    return status == PINNA_NO_MEMORY
               ? pinna_fail(error, status, "%s: out of memory", from->path)
           : status ? damaged(from, "the file ends within it", error)
                    : PINNA_OK;
}

/* Behind "\0B". */
static pinna_status read_binary(const source *from, pinna_matrix *m,
                                pinna_error *error)
{
    unsigned char type[4] = {0};

    if (!get_bytes(from, type, 3))
        return damaged(from, "the file ends within it", error);
    const bool has_digit = type[2] == '2' || type[2] == '3';
    if (type[0] == 'C' && type[1] == 'M' &&
        (type[2] == ' ' ||
         (has_digit && get_bytes(from, type + 3, 1) && type[3] == ' ')))
        return read_compressed(from,
                               type[2] == ' '   ? PINNA_ARK_CM
                               : type[2] == '2' ? PINNA_ARK_CM2
                                                : PINNA_ARK_CM3,
                               m, error);
    if ((type[0] == 'F' || type[0] == 'D') &&
        (type[1] == 'M' || type[1] == 'V') && type[2] == ' ')
        return read_plain(from, type[0] == 'D', type[1] == 'V', m, error);
    return damaged(from, "no matrix that is known", error);
}

/* One more value, n there being so far; the room is the next power of two. */
static bool append(pinna_matrix *m, size_t *n, float value)
{
    const bool is_full = *n == 0 || (*n >= 64 && (*n & (*n - 1)) == 0);
    if (is_full) {
        const size_t room = *n == 0 ? 64 : 2 * *n;
        float *values = realloc(m->values, room * sizeof *values);
        if (!values)
            return false;
        m->values = values;
    }
    m->values[(*n)++] = value;
    return true;
}

/* Text: numbers up to "]", a row a line. A vector has all on one. */
static pinna_status read_text(const source *from, pinna_matrix *m,
                              pinna_error *error)
{
    char word[64];
    size_t n = 0, in_row = 0;
    int c;

    if (fscanf(from->file, " %1[[]", word) != 1)
        return damaged(from, "no matrix: neither binary nor \"[\"", error);
    while ((c = fgetc(from->file)) != EOF) {
        const bool ends_row = c == '\n' || c == ']';
        if (ends_row && in_row > 0) {
            if (m->n_rows > 0 && in_row != m->n_columns)
                return damaged(from, "rows of different lengths", error);
            m->n_columns = in_row;
            m->n_rows++;
            in_row = 0;
        }
        if (c == ']') {
            while (c != '\n' && c != EOF)
                c = fgetc(from->file);
            return PINNA_OK;
        }
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            continue;
        ungetc(c, from->file);
        char *end = word;
        if (fscanf(from->file, "%63[^] \t\r\n]", word) == 1) {
            const float value = strtof(word, &end);
            if (end != word && *end == '\0') {
                if (!append(m, &n, value))
                    return damaged(from, "out of memory", error);
                in_row++;
                continue;
            }
        }
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s: %s: not a number: %s",
                          from->path, from->key, word);
    }
    return damaged(from, "the file ends within it", error);
}

static pinna_status read_any(const source *from, pinna_matrix *m,
                             pinna_error *error)
{
    const int c = fgetc(from->file);

    if (c == '\0')
        return fgetc(from->file) == 'B'
                   ? read_binary(from, m, error)
                   : damaged(from, "neither binary nor text", error);
    if (c != EOF)
        ungetc(c, from->file);
    return read_text(from, m, error);
}

pinna_status pinna_ark_read_object(FILE *file, const char *path,
                                   pinna_matrix *matrix, pinna_error *error)
{
    const source from = {file, path, matrix->key ? matrix->key : "matrix"};
    const pinna_status status = read_any(&from, matrix, error);

    if (status)
        pinna_matrix_free(matrix);
    return status;
}

bool pinna_ark_begins_bare(int c)
{
    return c == '\0' || c == ' ' || c == '[';
}

pinna_status pinna_ark_read_key(FILE *file, const char *path,
                                char key[PINNA_ARK_MAX_KEY + 1],
                                pinna_error *error)
{
    size_t n = 0;
    int c = fgetc(file);

    while (c == '\n' || c == '\r')
        c = fgetc(file);
    key[0] = '\0';
    if (c == EOF)
        return ferror(file)
                   ? pinna_fail(error, PINNA_IO, "%s: cannot be read", path)
                   : PINNA_OK;
    for (; c > ' ' && n < PINNA_ARK_MAX_KEY; c = fgetc(file))
        key[n++] = (char)c;
    key[n] = '\0';
    if (n == 0 || (c != ' ' && c != '\t'))
        return pinna_fail(
            error, PINNA_BAD_FORMAT,
            "%s: not a Kaldi archive: no space behind a key of %zu bytes", path,
            n);
    return PINNA_OK;
}

pinna_status pinna_ark_read(FILE *file, const char *path, pinna_matrix *matrix,
                            bool *at_end, pinna_error *error)
{
    char key[PINNA_ARK_MAX_KEY + 1];
    pinna_status status = pinna_ark_read_key(file, path, key, error);

    *at_end = !status && !*key;
    if (status || *at_end)
        return status;
    status = pinna_matrix_set_key(matrix, key, error);
    return status ? status : pinna_ark_read_object(file, path, matrix, error);
}
