#include "datasets/kaldi_compressed.h"

#include "datasets/byte_order.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static pinna_kaldi_range range_of(const pinna_matrix *m)
{
    float least = m->values[0], most = m->values[0];
    for (size_t i = 1; i < m->n_rows * m->n_columns; i++) {
        least = fminf(least, m->values[i]);
        most = fmaxf(most, m->values[i]);
    }
    /* Equal values still need a range. */
    if (most == least)
        most = least + (1.0f + fabsf(least));
    return (pinna_kaldi_range){least, most - least};
}

/* value as one of n_steps + 1 steps of the range. */
static unsigned to_step(pinna_kaldi_range s, float value, float n_steps)
{
    const float share = (value - s.least) / s.range;
    const float inside = fminf(fmaxf(share, 0.0f), 1.0f);
    return (unsigned)((double)(inside * n_steps) + 0.499); /* as Kaldi */
}

static float from_step(pinna_kaldi_range s, unsigned step, float n_steps)
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
static void column_corners(pinna_kaldi_range s, const float *sorted, size_t n,
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

static void corner_values(pinna_kaldi_range s, const unsigned corners[4],
                          float values[4])
{
    for (size_t i = 0; i < 4; i++)
        values[i] = from_step(s, corners[i], 65535.0f);
}

static pinna_status write_quarters(FILE *file, pinna_kaldi_range s,
                                   const pinna_matrix *m)
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
                pinna_put_u16_le(file, corners[c][i]);
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

pinna_status pinna_kaldi_compressed_write(FILE *file, pinna_ark_form form,
                                          const pinna_matrix *m)
{
    const size_t n = m->n_rows * m->n_columns;
    const pinna_kaldi_range s = n > 0 ? range_of(m) : (pinna_kaldi_range){0, 0};

    fputs(form == PINNA_ARK_CM    ? "CM "
          : form == PINNA_ARK_CM2 ? "CM2 "
                                  : "CM3 ",
          file);
    pinna_put_f32_le(file, s.least);
    pinna_put_f32_le(file, s.range);
    pinna_put_u32_le(file, (uint32_t)m->n_rows);
    /* Without rows Kaldi has no columns either, and no corners of them. */
    pinna_put_u32_le(file, n > 0 ? (uint32_t)m->n_columns : 0);
    if (form == PINNA_ARK_CM)
        return n > 0 ? write_quarters(file, s, m) : PINNA_OK;
    for (size_t i = 0; i < n; i++)
        if (form == PINNA_ARK_CM2)
            pinna_put_u16_le(file, to_step(s, m->values[i], 65535.0f));
        else
            fputc((int)to_step(s, m->values[i], 255.0f), file);
    return PINNA_OK;
}

static pinna_status read_quarters(FILE *file, pinna_kaldi_range s,
                                  pinna_matrix *m)
{
    const size_t n = m->n_columns;
    unsigned char *corners = malloc(8 * n + 1);
    unsigned char *column = malloc(m->n_rows + 1);
    pinna_status status = corners && column ? PINNA_OK : PINNA_NO_MEMORY;

    if (!status && fread(corners, 8, n, file) != n)
        status = PINNA_IO;
    for (size_t c = 0; !status && c < n; c++) {
        unsigned steps[4];
        float values[4];
        for (size_t i = 0; i < 4; i++)
            steps[i] = pinna_u16_le(corners + 8 * c + 2 * i);
        corner_values(s, steps, values);
        if (fread(column, 1, m->n_rows, file) != m->n_rows)
            status = PINNA_IO;
        for (size_t r = 0; !status && r < m->n_rows; r++)
            m->values[r * n + c] = from_byte(values, column[r]);
    }
    free(corners);
    free(column);
    return status;
}

pinna_status pinna_kaldi_compressed_read(FILE *file, pinna_ark_form form,
                                         pinna_kaldi_range range,
                                         pinna_matrix *m)
{
    const size_t size = form == PINNA_ARK_CM2 ? 2 : 1;
    unsigned char bytes[2];

    if (m->n_rows == 0)
        return PINNA_OK;
    if (form == PINNA_ARK_CM)
        return read_quarters(file, range, m);
    for (size_t i = 0; i < m->n_rows * m->n_columns; i++) {
        if (fread(bytes, 1, size, file) != size)
            return PINNA_IO;
        m->values[i] = size == 2
                           ? from_step(range, pinna_u16_le(bytes), 65535.0f)
                           : from_step(range, bytes[0], 255.0f);
    }
    return PINNA_OK;
}
