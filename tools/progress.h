/* tools/progress.h -- what the user sees on stderr: lines, and how far it is
 *
 *     pinna_progress progress;
 *     pinna_progress_start(&progress, "denoise", quiet);
 *     for (...)
 *         pinna_progress_update(&progress, done, total, "loss 0.31");
 *     pinna_progress_end(&progress);
 *
 * The progress line is drawn only on a terminal, ten times a second at most.
 * All functions may be called from any thread; there is one line at a time. */
#ifndef PINNA_TOOLS_PROGRESS_H
#define PINNA_TOOLS_PROGRESS_H

#include "dsp/status.h"

#include <stdbool.h>

typedef struct pinna_progress {
    const char *what; /* first word of the line */
    bool shown;
    double start_s, drawn_s;
    double done; /* summed by pinna_progress_add() */
} pinna_progress;

void pinna_progress_start(pinna_progress *progress, const char *what,
                          bool quiet);

/* done of total in any unit; total 0 when it is not known. note may be NULL. */
void pinna_progress_update(pinna_progress *progress, double done, double total,
                           const char *note);

/* Would a line be drawn now? For notes that cost something to write. */
bool pinna_progress_due(const pinna_progress *progress);

/* The same, for threads that each do a part: amount comes on top of what was
 * done before. */
void pinna_progress_add(pinna_progress *progress, double amount, double total);

/* Takes the line away. */
void pinna_progress_end(pinna_progress *progress);

/* One whole line on stderr (the newline is added), above the progress line. */
void pinna_message(const char *format, ...) PINNA_PRINTF(1, 2);

/* Seconds on a clock that never jumps, from any start. */
double pinna_clock_s(void);

#endif
