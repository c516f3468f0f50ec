/* tools/segments.h -- the segments of speech in one recording, and the formats
 * they are written in */
#ifndef PINNA_TOOLS_SEGMENTS_H
#define PINNA_TOOLS_SEGMENTS_H

#include "dsp/status.h"
#include "tools/json_writer.h"

#include <stddef.h>
#include <stdio.h>

/* Seconds from the start of the recording. */
typedef struct pinna_segment {
    double start, end;
} pinna_segment;

/* In order, without overlap. Zero-initialise for none. */
typedef struct pinna_segments {
    pinna_segment *items; /* [n_items] */
    size_t n_items, capacity;
    double duration_s; /* of the recording */
} pinna_segments;

pinna_status pinna_segments_add(pinna_segments *segments, double start,
                                double end);
void pinna_segments_free(pinna_segments *segments);

/* Seconds within segments. */
double pinna_segments_speech_s(const pinna_segments *segments);

/* Lines of START<TAB>END; with a path FILE<TAB>START<TAB>END. */
void pinna_segments_write_text(const pinna_segments *segments, const char *path,
                               FILE *file);

/* One object: file, duration, speech in seconds, segments with start and
 * end. */
void pinna_segments_write_json(const pinna_segments *segments, const char *path,
                               pinna_json *json);

/* file,start,end (RFC 4180); the head is one line. */
void pinna_segments_write_csv_head(FILE *file);
void pinna_segments_write_csv(const pinna_segments *segments, const char *path,
                              FILE *file);

/* NIST's Rich Transcription Time Marked, as diarisation tools take it:
 * SPEAKER recording channel start duration <NA> <NA> name <NA> <NA>. */
void pinna_segments_write_rttm(const pinna_segments *segments, const char *path,
                               FILE *file);

/* A label track of Audacity: START<TAB>END<TAB>speech. */
void pinna_segments_write_audacity(const pinna_segments *segments, FILE *file);

#endif
