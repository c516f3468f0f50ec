/* dsp/delay_line.h -- the recent past of one channel, to be read at any
 * delay */
#ifndef PINNA_DSP_DELAY_LINE_H
#define PINNA_DSP_DELAY_LINE_H

#include "dsp/status.h"

#include <stddef.h>

typedef struct pinna_delay_line {
    float *samples; /* [size], a circle */
    size_t size;
    size_t at; /* where the next sample goes */
} pinna_delay_line;

/* For reads of n samples with delay + n <= size; the past is silence. */
pinna_status pinna_delay_line_init(pinna_delay_line *line, size_t size);
void pinna_delay_line_close(pinna_delay_line *line);
PINNA_REALTIME void pinna_delay_line_reset(pinna_delay_line *line);

/* n <= size */
PINNA_REALTIME void pinna_delay_line_write(pinna_delay_line *line,
                                           const float *samples, size_t n);

/* out [n]: what was, `delay` samples before the latest n. */
PINNA_REALTIME void pinna_delay_line_read(const pinna_delay_line *line,
                                          size_t delay, float *out, size_t n);

#endif
