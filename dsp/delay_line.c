#include "dsp/delay_line.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

pinna_status pinna_delay_line_init(pinna_delay_line *line, size_t size)
{
    *line = (pinna_delay_line){.size = size};
    line->samples = calloc(size, sizeof *line->samples);
    return line->samples ? PINNA_OK : PINNA_NO_MEMORY;
}

void pinna_delay_line_close(pinna_delay_line *line)
{
    free(line->samples);
    line->samples = NULL;
}

void pinna_delay_line_reset(pinna_delay_line *line)
{
    memset(line->samples, 0, line->size * sizeof *line->samples);
    line->at = 0;
}

void pinna_delay_line_write(pinna_delay_line *line, const float *samples,
                            size_t n)
{
    assert(n <= line->size);
    const size_t n_room = line->size - line->at;
    const size_t n_first = n < n_room ? n : n_room;

    memcpy(line->samples + line->at, samples, n_first * sizeof *samples);
    memcpy(line->samples, samples + n_first, (n - n_first) * sizeof *samples);
    line->at = (line->at + n) % line->size;
}

void pinna_delay_line_read(const pinna_delay_line *line, size_t delay,
                           float *out, size_t n)
{
    assert(delay + n <= line->size);
    const size_t from = (line->at + line->size - delay - n) % line->size;
    const size_t n_room = line->size - from;
    const size_t n_first = n < n_room ? n : n_room;

    memcpy(out, line->samples + from, n_first * sizeof *out);
    memcpy(out + n_first, line->samples, (n - n_first) * sizeof *out);
}
