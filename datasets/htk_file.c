#include "datasets/htk_file.h"

#include "datasets/byte_order.h"

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

pinna_status pinna_htk_write(FILE *file, const pinna_matrix *matrix,
                             pinna_error *error)
{
    const size_t n_bytes = 4 * matrix->n_columns;
    const unsigned kind = matrix->htk_kind & ~(PINNA_HTK_C | PINNA_HTK_K);

    if (n_bytes > MAX_FRAME_BYTES || matrix->n_rows > INT32_MAX)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%zu x %zu is more than an HTK file can hold",
                          matrix->n_rows, matrix->n_columns);
    pinna_put_u32_be(file, (uint32_t)matrix->n_rows);
    pinna_put_u32_be(file,
                     (uint32_t)llround(matrix->frame_shift_ms * UNITS_PER_MS));
    pinna_put_u32_be(file, (uint32_t)n_bytes << 16 | kind);
    for (size_t i = 0; i < matrix->n_rows * matrix->n_columns; i++)
        pinna_put_f32_be(file, matrix->values[i]);
    return PINNA_OK;
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
            const float a = pinna_f32_be(scales + 4 * (i % n));
            const float b = pinna_f32_be(scales + 4 * (n + i % n));
            m->values[i] = ((float)(int16_t)pinna_u16_be(bytes) + b) / a;
        } else {
            m->values[i] = pinna_f32_be(bytes);
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
    uint32_t n_frames = pinna_u32_be(bytes);
    const unsigned n_bytes = pinna_u16_be(bytes + 8),
                   kind = pinna_u16_be(bytes + 10);
    const bool compressed = kind & PINNA_HTK_C;
    const size_t size = compressed ? 2 : 4;

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
    if (!pinna_matrix_file_holds(file, (uint64_t)n_frames * n_bytes))
        return ends_early(path, error);
    pinna_status status =
        pinna_matrix_allocate(matrix, path, n_frames, n_bytes / size, error);
    if (!status)
        status = read_values(file, path, compressed, matrix, error);
    if (status) {
        pinna_matrix_free(matrix);
        return status;
    }
    matrix->frame_shift_ms = pinna_u32_be(bytes + 4) / UNITS_PER_MS;
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
