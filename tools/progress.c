#include "tools/progress.h"

#include "datasets/quiet.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { LINE_WIDTH = 79, BAR_WIDTH = 20 };

/* At most ten lines a second: enough to look alive, and free. */
static const double redraw_s = 0.1;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool line_drawn; /* a progress line stands on the terminal */

double pinna_clock_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void clear_line(void)
{
    if (line_drawn)
        fprintf(stderr, "\r%*s\r", LINE_WIDTH, "");
    line_drawn = false;
}

void pinna_message(const char *format, ...)
{
    va_list args;

    pthread_mutex_lock(&lock);
    pinna_loud_begin();
    clear_line();
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    pinna_loud_end();
    pthread_mutex_unlock(&lock);
}

void pinna_progress_start(pinna_progress *progress, const char *what,
                          bool quiet)
{
    *progress = (pinna_progress){
        .what = what,
        .shown = !quiet && isatty(STDERR_FILENO),
        .start_s = pinna_clock_s(),
    };
}

/* "1:02:03" or "2:03". */
static void format_time(double seconds, char *text, size_t size)
{
    const long whole = (long)(seconds + 0.5);

    if (whole >= 3600)
        snprintf(text, size, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60,
                 whole % 60);
    else
        snprintf(text, size, "%ld:%02ld", whole / 60, whole % 60);
}

static void format_line(const pinna_progress *progress, double done,
                        double total, double now, const char *note, char *line,
                        size_t size)
{
    const double gone_s = now - progress->start_s;
    char time[32];

    if (!(total > 0)) {
        format_time(gone_s, time, sizeof time);
        snprintf(line, size, "%s  %s  %s", progress->what, time, note);
        return;
    }
    const double share = done >= total ? 1 : done > 0 ? done / total : 0;
    const int filled = (int)(share * BAR_WIDTH);
    char bar[BAR_WIDTH + 1];
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    if (share > 0)
        format_time(gone_s * (1 - share) / share, time, sizeof time);
    else
        snprintf(time, sizeof time, "-:--");
    snprintf(line, size, "%s %3.0f %% [%s] %s left  %s", progress->what,
             100 * share, bar, time, note);
}

/* Called locked. */
static void draw(pinna_progress *progress, double done, double total,
                 const char *note)
{
    const double now = pinna_clock_s();
    char line[LINE_WIDTH + 1];

    if (now - progress->drawn_s < redraw_s)
        return;
    format_line(progress, done, total, now, note ? note : "", line,
                sizeof line);
    pinna_loud_begin();
    fprintf(stderr, "\r%-*s", LINE_WIDTH, line);
    fflush(stderr);
    pinna_loud_end();
    progress->drawn_s = now;
    line_drawn = true;
}

void pinna_progress_update(pinna_progress *progress, double done, double total,
                           const char *note)
{
    if (!progress->shown)
        return;
    pthread_mutex_lock(&lock);
    draw(progress, done, total, note);
    pthread_mutex_unlock(&lock);
}

bool pinna_progress_due(const pinna_progress *progress)
{
    return progress->shown && pinna_clock_s() - progress->drawn_s >= redraw_s;
}

void pinna_progress_add(pinna_progress *progress, double amount, double total)
{
    if (!progress->shown)
        return;
    pthread_mutex_lock(&lock);
    progress->done += amount;
    draw(progress, progress->done, total, NULL);
    pthread_mutex_unlock(&lock);
}

void pinna_progress_end(pinna_progress *progress)
{
    pthread_mutex_lock(&lock);
    if (progress->shown) {
        pinna_loud_begin();
        clear_line();
        pinna_loud_end();
    }
    progress->shown = false;
    pthread_mutex_unlock(&lock);
}
