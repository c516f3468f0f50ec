#include "tools/data_check.h"

#include "datasets/audio_file.h"
#include "datasets/manifest.h"
#include "tools/command.h"
#include "tools/interrupt.h"
#include "tools/progress.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A recording of the training. */
typedef struct known {
    uint64_t hash; /* of its samples */
    size_t n;
    char *place;
} known;

struct pinna_data_check {
    const char *command;
    bool quiet;
    size_t n_lines, n_bad;
    double seconds;
    known *known;
    size_t n_known, capacity;
    bool sorted;
};

pinna_data_check *pinna_data_check_new(const char *command, bool quiet)
{
    pinna_data_check *check = calloc(1, sizeof *check);
    if (check) {
        check->command = command;
        check->quiet = quiet;
    }
    return check;
}

void pinna_data_check_free(pinna_data_check *check)
{
    if (!check)
        return;
    for (size_t i = 0; i < check->n_known; i++)
        free(check->known[i].place);
    free(check->known);
    free(check);
}

static void report(void *user, const char *message)
{
    pinna_data_check *check = user;
    check->n_lines++;
    check->n_bad++;
    pinna_message("%s", message);
}

/* FNV-1a over the samples. */
static uint64_t hash_of(const pinna_clip *clip)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < clip->n; i++) {
        hash ^= (uint16_t)clip->samples[i];
        hash *= UINT64_C(1099511628211);
    }
    return hash;
}

static int by_hash(const void *left, const void *right)
{
    const known *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->n == b->n ? 0 : a->n < b->n ? -1 : 1;
}

static pinna_status remember(pinna_data_check *check, known one)
{
    if (check->n_known == check->capacity) {
        const size_t grown = check->capacity ? 2 * check->capacity : 256;
        known *more = realloc(check->known, grown * sizeof *more);
        if (!more)
            return PINNA_NO_MEMORY;
        check->known = more;
        check->capacity = grown;
    }
    one.place = strdup(one.place);
    if (!one.place)
        return PINNA_NO_MEMORY;
    check->known[check->n_known++] = one;
    check->sorted = false;
    return PINNA_OK;
}

static const known *find(pinna_data_check *check, const known *one)
{
    if (check->n_known == 0)
        return NULL;
    if (!check->sorted)
        qsort(check->known, check->n_known, sizeof *check->known, by_hash);
    check->sorted = true;
    return bsearch(one, check->known, check->n_known, sizeof *check->known,
                   by_hash);
}

static pinna_status check_clip(pinna_data_check *check,
                               const pinna_data_role *role,
                               const pinna_clip *clip, pinna_error *error)
{
    const known one = {hash_of(clip), clip->n, clip->place};

    check->seconds += (double)clip->n / clip->sample_rate;
    if (clip->n == 0)
        return pinna_fail(error, PINNA_BAD_FORMAT, "no sample");
    if (role->judge) {
        const pinna_status status = role->judge(role->user, clip, error);
        if (status)
            return status;
    }
    if (role->validated_on) {
        const known *same = find(check, &one);
        if (same)
            return pinna_fail(error, PINNA_BAD_ARG,
                              "it is in the training too: %s", same->place);
    }
    return role->learned_from ? remember(check, one) : PINNA_OK;
}

/* Resampling a lower rate leaves the upper bands empty. */
static pinna_status check_rate(const char *path, unsigned wanted,
                               pinna_error *error)
{
    pinna_audio_reader *reader;
    pinna_audio_info info;

    const pinna_status status =
        pinna_audio_reader_open(path, &reader, &info, error);
    if (status)
        return status;
    pinna_audio_reader_close(reader);
    return info.sample_rate >= wanted
               ? PINNA_OK
               : pinna_fail(error, PINNA_BAD_ARG,
                            "its sample rate is %u Hz, below %u Hz",
                            info.sample_rate, wanted);
}

static pinna_status check_entry(pinna_data_check *check,
                                const pinna_data_role *role,
                                const pinna_manifest_entry *entry)
{
    pinna_clip clip = {0};
    pinna_error error = {""};
    char message[sizeof error.text + 4096 + 32];
    const char *path = "", *separator = "";

    pinna_status status =
        pinna_clip_load(entry, role->sample_rate, &clip, &error);
    if (!status) { /* what failed to load names itself */
        path = entry->audio_path;
        separator = ": ";
        status = check_rate(path, role->sample_rate, &error);
        if (!status)
            status = check_clip(check, role, &clip, &error);
    }
    pinna_clip_free(&clip);
    if (!status) {
        check->n_lines++;
    } else if (status != PINNA_NO_MEMORY) {
        snprintf(message, sizeof message, "%s: %s%s%s", entry->place, path,
                 separator, error.text);
        report(check, message);
        status = PINNA_OK;
    }
    return status;
}

static pinna_status check_manifest(pinna_data_check *check, const char *path,
                                   const pinna_data_role *role,
                                   pinna_progress *progress)
{
    pinna_manifest manifest;
    pinna_error error = {""};
    const size_t n_before = check->n_lines;

    pinna_status status =
        pinna_manifest_read_good(path, report, check, &manifest, &error);
    if (status) {
        report(check, error.text);
        return PINNA_OK;
    }
    if (manifest.n_entries == 0 && check->n_lines == n_before) {
        snprintf(error.text, sizeof error.text, "%s: no entries", path);
        report(check, error.text);
    }
    for (size_t i = 0; !status && i < manifest.n_entries; i++) {
        pinna_progress_update(progress, (double)i, (double)manifest.n_entries,
                              role->name);
        status = pinna_interrupted()
                     ? PINNA_INTERRUPTED
                     : check_entry(check, role, &manifest.entries[i]);
    }
    pinna_manifest_free(&manifest);
    return status;
}

pinna_status pinna_data_check_add(pinna_data_check *check,
                                  const pinna_list *manifests,
                                  const pinna_data_role *role)
{
    pinna_progress progress;
    pinna_status status = PINNA_OK;

    pinna_progress_start(&progress, check->command, check->quiet);
    for (size_t i = 0; !status && i < manifests->n_items; i++)
        status = check_manifest(check, manifests->items[i], role, &progress);
    pinna_progress_end(&progress);
    return status;
}

int pinna_data_check_end(const pinna_data_check *check)
{
    printf("%zu lines, %.2f h of sound; %zu bad\n", check->n_lines,
           check->seconds / 3600, check->n_bad);
    return check->n_bad > 0 ? PINNA_EXIT_INPUT : PINNA_EXIT_DONE;
}
