/* tools/stopwatch.h -- how long something takes
 *
 * CPU time of the calling thread, so that other programs disturb only by what
 * they push out of the caches. One reading costs a few hundred nanoseconds:
 * measure whole blocks of work. */
#ifndef PINNA_TOOLS_STOPWATCH_H
#define PINNA_TOOLS_STOPWATCH_H

#include <stddef.h>

/* How often something is measured; an odd number, so that one of them is the
 * median. */
#define PINNA_REPETITIONS 11

/* CPU time that this thread has used, in nanoseconds. */
double pinna_stopwatch_ns(void);

/* The value that a part of values [n], n > 0, does not exceed (nearest rank):
 * 0.5 gives the median, 1 the largest. Sorts them. */
double pinna_quantile(double *values, size_t n, double part);

/* One thing to measure. */
typedef struct pinna_timed {
    void (*run)(void *context);
    void *context;
    double ns; /* set: median time of run(context) */
} pinna_timed;

/* Measures things [n], at most PINNA_TIMED_MAX, in turn, so that what slows the
 * machine for a while slows all of them; a first round is not measured. After
 * Ctrl-C it begins no other round, and the times mean nothing. */
#define PINNA_TIMED_MAX 8
void pinna_stopwatch_measure(pinna_timed *things, size_t n);

#endif
