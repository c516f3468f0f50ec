#include "datasets/htk_file.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { HEADER = 12, MAX_FRAME_BYTES = 32767 };

#define UNITS_PER_MS 10000.0 /* of 100 ns */
#define BASE_KIND    077u

static const char *const base_names[] = {
    "WAVEFORM", "LPC",   "LPREFC",  "LPCEPSTRA", "LPDELCEP", "IREFC",
    "MFCC",     "FBANK", "MELSPEC", "USER",      "DISCRETE", "PLP",
};

static void put_u32(unsigned char *bytes, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(value >> (24 - 8 * i));
}

static uint32_t u32_of(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3];
}

static unsigned u16_of(const unsigned char *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static float float_of(const unsigned char *bytes)
{
    const uint32_t bits = u32_of(bytes);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

pinna_status pinna_htk_write(FILE *file, const pinna_matrix *matrix,
                             pinna_error *error)
{
    const size_t n_bytes = 4 * matrix->n_columns;
    const unsigned kind = matrix->htk_kind & ~(PINNA_HTK_C | PINNA_HTK_K);
    unsigned char bytes[HEADER];

    if (n_bytes > MAX_FRAME_BYTES || matrix->n_rows > INT32_MAX)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%zu x %zu is more than an HTK file can hold",
                          matrix->n_rows, matrix->n_columns);
    put_u32(bytes, (uint32_t)matrix->n_rows);
    put_u32(bytes + 4,
            (uint32_t)llround(matrix->frame_shift_ms * UNITS_PER_MS));
    put_u32(bytes + 8, (uint32_t)n_bytes << 16 | kind);
    fwrite(bytes, 1, HEADER, file);
    for (size_t i = 0; i < matrix->n_rows * matrix->n_columns; i++) {
        uint32_t bits;
        memcpy(&bits, &matrix->values[i], sizeof bits);
        put_u32(bytes, bits);
        fwrite(bytes, 1, 4, file);
    }
    return PINNA_OK;
}

/* The bytes that follow in a file that has a size; -1 for a pipe. */
static long remaining(FILE *file)
{
    const long at = ftell(file);
    if (at < 0 || fseek(file, 0, SEEK_END))
        return -1;
    const long end = ftell(file);
    return fseek(file, at, SEEK_SET) == 0 ? end - at : -1;
}

static pinna_status ends_early(const char *path, pinna_error *error)
{
    return pinna_fail(error, PINNA_BAD_FORMAT,
                      "%s: the file ends before its last frame", path);
}

static pinna_status read_values(FILE *file, const char *path, bool compressed,
                                pinna_matrix *m, pinna_error *error)
{
    const size_t n = m->n_columns, size = compressed ? 2 : 4;
    unsigned char scales[8 * (MAX_FRAME_BYTES / 2)], bytes[4];

    if (compressed && fread(scales, 8, n, file) != n)
        return ends_early(path, error);
    for (size_t i = 0; i < m->n_rows * n; i++) {
        if (fread(bytes, 1, size, file) != size)
            return ends_early(path, error);
        if (compressed) {
            const float a = float_of(scales + 4 * (i % n));
            const float b = float_of(scales + 4 * (n + i % n));
            m->values[i] = ((float)(int16_t)u16_of(bytes) + b) / a;
        } else {
            m->values[i] = float_of(bytes);
        }
    }
    return PINNA_OK;
}

pinna_status pinna_htk_read(FILE *file, const char *path, pinna_matrix *matrix,
                            pinna_error *error)
{
    unsigned char bytes[HEADER];

    if (fread(bytes, 1, HEADER, file) != HEADER)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: too short for an HTK file", path);
    uint32_t n_frames = u32_of(bytes);
    const unsigned n_bytes = u16_of(bytes + 8), kind = u16_of(bytes + 10);
    const bool compressed = kind & PINNA_HTK_C;
    const size_t size = compressed ? 2 : 4;
    const long n_left = remaining(file);

    if ((kind & BASE_KIND) >= sizeof base_names / sizeof base_names[0] ||
        (kind & BASE_KIND) == 0 || n_bytes == 0 || n_bytes % size != 0 ||
        n_bytes > MAX_FRAME_BYTES || n_frames > INT32_MAX ||
        (compressed && n_frames < 4))
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: no HTK file of features: %u bytes per frame, "
                          "kind %o",
                          path, n_bytes, kind);
    if (compressed)
        n_frames -= 4; /* the scales count as frames */
    if (n_left >= 0 && (uint64_t)n_left < (uint64_t)n_frames * n_bytes)
        return ends_early(path, error);
    pinna_status status =
        pinna_matrix_allocate(matrix, path, n_frames, n_bytes / size, error);
    if (!status)
        status = read_values(file, path, compressed, matrix, error);
    if (status) {
        pinna_matrix_free(matrix);
        return status;
    }
    matrix->frame_shift_ms = u32_of(bytes + 4) / UNITS_PER_MS;
    matrix->htk_kind = kind;
    return PINNA_OK;
}

void pinna_htk_kind_name(unsigned kind, char *text)
{
    static const struct {
        unsigned bit;
        const char *name;
    } parts[] = {{PINNA_HTK_E, "_E"}, {PINNA_HTK_0, "_0"}, {PINNA_HTK_D, "_D"},
                 {PINNA_HTK_A, "_A"}, {PINNA_HTK_Z, "_Z"}, {PINNA_HTK_C, "_C"},
                 {PINNA_HTK_K, "_K"}};
    const unsigned base = kind & BASE_KIND;

    strcpy(text, base < sizeof base_names / sizeof base_names[0]
                     ? base_names[base]
                     : "UNKNOWN");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (kind & parts[i].bit)
            strcat(text, parts[i].name);
}
