#include "tools/stopwatch.h"

#include "tools/interrupt.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

double pinna_stopwatch_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double pinna_quantile(double *values, size_t n, double part)
{
    const double rank = ceil(part * (double)n);

    qsort(values, n, sizeof *values, compare);
    return values[rank < 1.0 ? 0 : (size_t)rank - 1];
}

void pinna_stopwatch_measure(pinna_timed *things, size_t n)
{
    double times[PINNA_TIMED_MAX][PINNA_REPETITIONS] = {{0.0}};

    assert(n <= PINNA_TIMED_MAX);
    for (size_t i = 0; i < n; i++)
        things[i].run(things[i].context);
    for (size_t r = 0; r < PINNA_REPETITIONS && !pinna_interrupted(); r++)
        for (size_t i = 0; i < n; i++) {
            const double begin = pinna_stopwatch_ns();
            things[i].run(things[i].context);
            times[i][r] = pinna_stopwatch_ns() - begin;
        }
    for (size_t i = 0; i < n; i++)
        things[i].ns = pinna_quantile(times[i], PINNA_REPETITIONS, 0.5);
}
