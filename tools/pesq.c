/* realpath() */
#define _XOPEN_SOURCE 700
#include "tools/pesq.h"

#include "datasets/audio_file.h"
#include "dsp/resample.h"
#include "tools/temp_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RATE = 16000 };

/* Loud enough for 16 bits, below clipping. */
static const float highest_peak = 0.99f;

/* The gain that keeps both within 16 bits. */
static float find_gain(const float *a, const float *b, size_t n)
{
    float peak = 0;

    for (size_t i = 0; i < n; i++)
        peak = fmaxf(peak, fmaxf(fabsf(a[i]), fabsf(b[i])));
    return peak > highest_peak ? highest_peak / peak : 1;
}

static pinna_status save(const pinna_temp_folder *folder, const char *name,
                         const float *samples, size_t n, unsigned sample_rate,
                         float gain, pinna_error *error)
{
    char path[1100];
    float *resampled;
    size_t n_resampled;

    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    pinna_status status =
        pinna_resample(samples, n, sample_rate, RATE, &resampled, &n_resampled);
    if (status)
        return pinna_fail(error, status, "%s", pinna_strerror(status));
    for (size_t i = 0; i < n_resampled; i++)
        resampled[i] *= gain;
    status = pinna_audio_save_mono(path, RATE, resampled, n_resampled, error);
    free(resampled);
    return status;
}

/* In the child: the program in its place. */
static void become(const char *program, const char *folder, int output)
{
    const int nothing = open("/dev/null", O_RDWR);

    if (nothing < 0 || chdir(folder) || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(output, STDOUT_FILENO) < 0 || dup2(nothing, STDERR_FILENO) < 0)
        _exit(127);
    execlp(program, program, "+16000", "+wb", "clean.wav", "processed.wav",
           (char *)NULL);
    _exit(127);
}

/* The last number of a line with "MOS-LQO". */
static void take_line(const char *line, double *mos)
{
    const char *last = strstr(line, "MOS-LQO") ? strrchr(line, '=') : NULL;

    while (last && *++last) {
        char *end;
        const double number = strtod(last, &end);
        if (end == last)
            continue;
        *mos = number;
        last = end - 1;
    }
}

/* What the program printed, and how it ended. */
static pinna_status judge(const char *program, double mos, int end,
                          pinna_error *error)
{
    if (isfinite(mos))
        return PINNA_OK;
    if (WIFSIGNALED(end))
        return pinna_fail(error, PINNA_IO, "%s: was ended by signal %d",
                          program, WTERMSIG(end));
    if (WEXITSTATUS(end) == 127)
        return pinna_fail(error, PINNA_IO, "%s: cannot be run", program);
    return pinna_fail(error, PINNA_IO, "%s: printed no MOS-LQO, exit code %d",
                      program, WEXITSTATUS(end));
}

static pinna_status run(const char *program, const char *folder, double *mos,
                        pinna_error *error)
{
    char line[1024];
    int ends[2], end = 0;

    if (pipe(ends))
        return pinna_fail(error, PINNA_IO, "%s: %s", program, strerror(errno));
    /* Not for children of other threads. */
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    const pid_t child = fork();
    if (child == 0)
        become(program, folder, ends[1]);
    close(ends[1]);
    FILE *output = child > 0 ? fdopen(ends[0], "r") : NULL;
    if (!output) {
        close(ends[0]);
        return pinna_fail(error, PINNA_IO, "%s: cannot be run", program);
    }
    while (fgets(line, sizeof line, output))
        take_line(line, mos);
    fclose(output);
    while (waitpid(child, &end, 0) < 0 && errno == EINTR)
        ;
    return judge(program, *mos, end, error);
}

pinna_status pinna_pesq(const char *program, const float *clean,
                        const float *processed, size_t n, unsigned sample_rate,
                        double *mos, pinna_error *error)
{
    const float gain = find_gain(clean, processed, n);
    pinna_temp_folder folder;

    /* The program runs in another folder. */
    char *path =
        strchr(program, '/') ? realpath(program, NULL) : strdup(program);
    *mos = NAN;
    if (!path)
        return pinna_fail(error, PINNA_NOT_FOUND, "no such file: %s", program);
    pinna_status status = pinna_temp_folder_make(program, &folder, error);
    if (!status)
        status = save(&folder, "clean.wav", clean, n, sample_rate, gain, error);
    if (!status)
        status = save(&folder, "processed.wav", processed, n, sample_rate, gain,
                      error);
    if (!status)
        status = run(path, folder.path, mos, error);
    pinna_temp_folder_remove(&folder);
    free(path);
    return status;
}
