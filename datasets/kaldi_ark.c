#include "datasets/kaldi_ark.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KEY 4096

/* ---- little-endian numbers ---- */

static void put_u16(FILE *file, unsigned value)
{
    fputc((int)(value & 0xff), file);
    fputc((int)(value >> 8 & 0xff), file);
}

static void put_u32(FILE *file, uint32_t value)
{
    put_u16(file, value & 0xffff);
    put_u16(file, value >> 16);
}

static void put_float(FILE *file, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_u32(file, bits);
}

static uint32_t u32_of(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
           (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static unsigned u16_of(const unsigned char *bytes)
{
    return (unsigned)bytes[0] | (unsigned)bytes[1] << 8;
}

static float float_of(const unsigned char *bytes)
{
    const uint32_t bits = u32_of(bytes);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double double_of(const unsigned char *bytes)
{
    const uint64_t bits = (uint64_t)u32_of(bytes) | (uint64_t)u32_of(bytes + 4)
                                                        << 32;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* ---- the compressed forms ---- */

/* Of a whole matrix: value = least + range * share. */
typedef struct scale {
    float least, range;
} scale;

static scale scale_of(const pinna_matrix *m)
{
    float least = m->values[0], most = m->values[0];
    for (size_t i = 1; i < m->n_rows * m->n_columns; i++) {
        least = fminf(least, m->values[i]);
        most = fmaxf(most, m->values[i]);
    }
    /* Equal values still need a range. */
    if (most == least)
        most = least + (1.0f + fabsf(least));
    return (scale){least, most - least};
}

/* value as one of n_steps + 1 steps of the range. */
static unsigned to_step(scale s, float value, float n_steps)
{
    const float share = (value - s.least) / s.range;
    const float inside = fminf(fmaxf(share, 0.0f), 1.0f);
    return (unsigned)((double)(inside * n_steps) + 0.499); /* as Kaldi */
}

static float from_step(scale s, unsigned step, float n_steps)
{
    return s.least + s.range * ((float)step / n_steps);
}

static int compare_floats(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static unsigned at_least(unsigned value, unsigned low, unsigned high)
{
    return value < low ? low : value > high ? high : value;
}

/* The four corners of a column in steps of 1/65535, strictly rising. sorted
 * [n] are its values. */
static void column_corners(scale s, const float *sorted, size_t n,
                           unsigned corners[4])
{
    const size_t quarter = n / 4;
    size_t at[4] = {0, quarter, 3 * quarter, n - 1};

    if (n < 5)
        for (size_t i = 0; i < 4; i++)
            at[i] = i;
    for (size_t i = 0; i < 4; i++) {
        const unsigned low = i > 0 ? corners[i - 1] + 1 : 0;
        const unsigned high = 65532 + (unsigned)i;
        corners[i] = at[i] < n ? to_step(s, sorted[at[i]], 65535.0f) : low;
        corners[i] = at_least(corners[i], low, high);
    }
}

/* Bytes 0..64, 64..192, 192..255 lie on straight lines between the corners. */
static const float byte_at[4] = {0.0f, 64.0f, 192.0f, 255.0f};

static unsigned char to_byte(const float corner[4], float value)
{
    const size_t part = value < corner[1] ? 0 : value < corner[2] ? 1 : 2;
    const float width = byte_at[part + 1] - byte_at[part];
    const float share =
        (value - corner[part]) / (corner[part + 1] - corner[part]);
    const float step = floorf(share * width + 0.5f);
    return (unsigned char)(byte_at[part] + fminf(fmaxf(step, 0.0f), width));
}

static float from_byte(const float corner[4], unsigned char byte)
{
    const float b = (float)byte;
    const size_t part = b <= byte_at[1] ? 0 : b <= byte_at[2] ? 1 : 2;
    const float width = byte_at[part + 1] - byte_at[part];
    return corner[part] +
           (corner[part + 1] - corner[part]) * ((b - byte_at[part]) / width);
}

static void corner_values(scale s, const unsigned corners[4], float values[4])
{
    for (size_t i = 0; i < 4; i++)
        values[i] = from_step(s, corners[i], 65535.0f);
}

static pinna_status write_quarters(FILE *file, scale s, const pinna_matrix *m)
{
    const size_t n = m->n_rows;
    float *column = malloc((n + 1) * sizeof *column);
    unsigned(*corners)[4] = malloc((m->n_columns + 1) * sizeof *corners);

    if (column && corners) {
        for (size_t c = 0; c < m->n_columns; c++) {
            for (size_t r = 0; r < n; r++)
                column[r] = m->values[r * m->n_columns + c];
            qsort(column, n, sizeof *column, compare_floats);
            column_corners(s, column, n, corners[c]);
            for (size_t i = 0; i < 4; i++)
                put_u16(file, corners[c][i]);
        }
        for (size_t c = 0; c < m->n_columns; c++) {
            float values[4];
            corner_values(s, corners[c], values);
            for (size_t r = 0; r < n; r++)
                fputc(to_byte(values, m->values[r * m->n_columns + c]), file);
        }
    }
    const pinna_status status = column && corners ? PINNA_OK : PINNA_NO_MEMORY;
    free(column);
    free(corners);
    return status;
}

static pinna_status write_compressed(FILE *file, pinna_ark_form form,
                                     const pinna_matrix *m)
{
    const size_t n = m->n_rows * m->n_columns;
    const scale s = n > 0 ? scale_of(m) : (scale){0, 0};

    fputs(form == PINNA_ARK_CM    ? "CM "
          : form == PINNA_ARK_CM2 ? "CM2 "
                                  : "CM3 ",
          file);
    put_float(file, s.least);
    put_float(file, s.range);
    put_u32(file, (uint32_t)m->n_rows);
    put_u32(file, (uint32_t)m->n_columns);
    if (form == PINNA_ARK_CM)
        return n > 0 ? write_quarters(file, s, m) : PINNA_OK;
    for (size_t i = 0; i < n; i++)
        if (form == PINNA_ARK_CM2)
            put_u16(file, to_step(s, m->values[i], 65535.0f));
        else
            fputc((int)to_step(s, m->values[i], 255.0f), file);
    return PINNA_OK;
}

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
    put_u32(file, (uint32_t)m->n_rows);
    fputc(4, file);
    put_u32(file, (uint32_t)m->n_columns);
    for (size_t i = 0; i < m->n_rows * m->n_columns; i++)
        put_float(file, m->values[i]);
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
        status = write_compressed(file, form, matrix);
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
    *count = u32_of(bytes + n - 4);
    return *count <= INT32_MAX;
}

/* Does a file that has a size hold n_bytes more? A damaged count must not ask
 * for memory that no value will fill. */
static bool holds(FILE *file, uint64_t n_bytes)
{
    const long at = ftell(file);
    if (at < 0 || fseek(file, 0, SEEK_END))
        return true; /* a pipe */
    const long end = ftell(file);
    return fseek(file, at, SEEK_SET) == 0 && end >= at &&
           (uint64_t)(end - at) >= n_bytes;
}

static pinna_status read_dimensions(const source *from, bool packed,
                                    bool is_vector, size_t value_size,
                                    pinna_matrix *m, pinna_error *error)
{
    uint32_t n_rows = 1, n_columns;

    if ((!is_vector && !get_count(from, packed, &n_rows)) ||
        !get_count(from, packed, &n_columns))
        return damaged(from, "its size is damaged", error);
    if (!holds(from->file, (uint64_t)n_rows * n_columns * value_size))
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
        m->values[i] = is_double ? (float)double_of(bytes) : float_of(bytes);
    }
    return PINNA_OK;
}

static bool read_quarters(const source *from, scale s, pinna_matrix *m)
{
    const size_t n = m->n_columns;
    unsigned char *corners = malloc(8 * n + 1);
    unsigned char *column = malloc(m->n_rows + 1);
    bool good = corners && column && get_bytes(from, corners, 8 * n);

    for (size_t c = 0; good && c < n; c++) {
        unsigned steps[4];
        float values[4];
        for (size_t i = 0; i < 4; i++)
            steps[i] = u16_of(corners + 8 * c + 2 * i);
        corner_values(s, steps, values);
        good = get_bytes(from, column, m->n_rows);
        for (size_t r = 0; good && r < m->n_rows; r++)
            m->values[r * n + c] = from_byte(values, column[r]);
    }
    free(corners);
    free(column);
    return good;
}

static pinna_status read_compressed(const source *from, char form,
                                    pinna_matrix *m, pinna_error *error)
{
    unsigned char bytes[8];
    const bool two = form == '2';

    if (!get_bytes(from, bytes, 8))
        return damaged(from, "the file ends within it", error);
    const scale s = {float_of(bytes), float_of(bytes + 4)};
    const pinna_status status =
        read_dimensions(from, true, false, two ? 2 : 1, m, error);
    if (status)
        return status;
    bool good = form != ' ' || read_quarters(from, s, m);
    for (size_t i = 0; form != ' ' && good && i < m->n_rows * m->n_columns;
         i++) {
        good = get_bytes(from, bytes, two ? 2 : 1);
        m->values[i] = two ? from_step(s, u16_of(bytes), 65535.0f)
                           : from_step(s, bytes[0], 255.0f);
    }
    return good ? PINNA_OK : damaged(from, "the file ends within it", error);
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
        return read_compressed(from, (char)type[2], m, error);
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
    return read_any(&from, matrix, error);
}

pinna_status pinna_ark_read(FILE *file, const char *path, pinna_matrix *matrix,
                            bool *at_end, pinna_error *error)
{
    char key[MAX_KEY + 1];
    size_t n = 0;
    int c = fgetc(file);

    while (c == '\n' || c == '\r')
        c = fgetc(file);
    *at_end = c == EOF;
    if (*at_end)
        return ferror(file)
                   ? pinna_fail(error, PINNA_IO, "%s: cannot be read", path)
                   : PINNA_OK;
    for (; c != EOF && c != ' ' && c != '\t' && n < MAX_KEY; c = fgetc(file)) {
        if (c < ' ')
            break;
        key[n++] = (char)c;
    }
    key[n] = '\0';
    if (n == 0 || (c != ' ' && c != '\t'))
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: no archive: a key of %zu bytes without a space",
                          path, n);
    const source from = {file, path, key};
    pinna_status status = pinna_matrix_set_key(matrix, key, error);
    if (!status)
        status = read_any(&from, matrix, error);
    if (status)
        pinna_matrix_free(matrix);
    return status;
}
