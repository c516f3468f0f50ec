#include "tools/segments.h"

#include "tools/transcript_format.h"

#include <stdlib.h>
#include <string.h>

pinna_status pinna_segments_add(pinna_segments *segments, double start,
                                double end)
{
    if (segments->n_items == segments->capacity) {
        const size_t grown = segments->capacity ? 2 * segments->capacity : 16;
        pinna_segment *items =
            realloc(segments->items, grown * sizeof *segments->items);
        if (!items)
            return PINNA_NO_MEMORY;
        segments->items = items;
        segments->capacity = grown;
    }
    segments->items[segments->n_items++] = (pinna_segment){start, end};
    return PINNA_OK;
}

void pinna_segments_free(pinna_segments *segments)
{
    free(segments->items);
    *segments = (pinna_segments){0};
}

double pinna_segments_speech_s(const pinna_segments *segments)
{
    double sum = 0;

    for (size_t i = 0; i < segments->n_items; i++)
        sum += segments->items[i].end - segments->items[i].start;
    return sum;
}

void pinna_segments_write_text(const pinna_segments *segments, const char *path,
                               FILE *file)
{
    for (size_t i = 0; i < segments->n_items; i++) {
        if (path)
            fprintf(file, "%s\t", path);
        fprintf(file, "%.3f\t%.3f\n", segments->items[i].start,
                segments->items[i].end);
    }
}

void pinna_segments_write_json(const pinna_segments *segments, const char *path,
                               pinna_json *json)
{
    pinna_json_open(json, NULL, '{');
    pinna_json_string(json, "file", path);
    pinna_json_number(json, "duration", segments->duration_s, 3);
    pinna_json_number(json, "speech", pinna_segments_speech_s(segments), 3);
    pinna_json_open(json, "segments", '[');
    for (size_t i = 0; i < segments->n_items; i++) {
        pinna_json_open(json, NULL, '{');
        pinna_json_number(json, "start", segments->items[i].start, 3);
        pinna_json_number(json, "end", segments->items[i].end, 3);
        pinna_json_close(json, '}');
    }
    pinna_json_close(json, ']');
    pinna_json_close(json, '}');
}

void pinna_segments_write_csv_head(FILE *file)
{
    fputs("file,start,end\n", file);
}

static void write_csv_field(const char *text, FILE *file)
{
    if (!strpbrk(text, "\",\r\n")) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

void pinna_segments_write_csv(const pinna_segments *segments, const char *path,
                              FILE *file)
{
    for (size_t i = 0; i < segments->n_items; i++) {
        write_csv_field(path, file);
        fprintf(file, ",%.3f,%.3f\n", segments->items[i].start,
                segments->items[i].end);
    }
}

void pinna_segments_write_rttm(const pinna_segments *segments, const char *path,
                               FILE *file)
{
    for (size_t i = 0; i < segments->n_items; i++) {
        const pinna_segment *segment = &segments->items[i];
        fputs("SPEAKER ", file);
        pinna_write_recording_name(path, file);
        fprintf(file, " 1 %.3f %.3f <NA> <NA> speech <NA> <NA>\n",
                segment->start, segment->end - segment->start);
    }
}

void pinna_segments_write_audacity(const pinna_segments *segments, FILE *file)
{
    for (size_t i = 0; i < segments->n_items; i++)
        fprintf(file, "%.6f\t%.6f\tspeech\n", segments->items[i].start,
                segments->items[i].end);
}
