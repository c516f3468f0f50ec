/* dsp/status.h -- result codes, error text, and the marks that all of pinna
 * shares */
#ifndef PINNA_DSP_STATUS_H
#define PINNA_DSP_STATUS_H

/* Realtime-safe: neither allocates, locks, waits, prints nor touches files. */
#if defined(__clang__) && __clang_major__ >= 20
#define PINNA_REALTIME __attribute__((nonblocking))
#else
#define PINNA_REALTIME
#endif

/* Lets the compiler check the format of printf-like calls. */
#if defined(__GNUC__)
#define PINNA_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define PINNA_PRINTF(text, first)
#endif

#define PINNA_PI 3.14159265358979323846

typedef enum pinna_status {
    PINNA_OK = 0,
    PINNA_BAD_ARG,     /* a value outside the documented range */
    PINNA_NO_MEMORY,   /* an allocation failed */
    PINNA_NOT_FOUND,   /* no such file, key, tensor or label */
    PINNA_IO,          /* the operating system refused a read or a write */
    PINNA_BAD_FORMAT,  /* the bytes are not what the format asks for */
    PINNA_UNSUPPORTED, /* well-formed, but pinna cannot use it */
    PINNA_INTERRUPTED, /* stopped on request; what was finished is kept */
} pinna_status;

/* What went wrong and where, as one line without a newline:
 * "train.jsonl:14: no such file: a.wav". */
typedef struct pinna_error {
    char text[512];
} pinna_error;

/* One sentence for a status; never NULL, not to be freed. Any thread. */
const char *pinna_strerror(pinna_status status);

/* Write error->text (cut when too long) and give status back, so that a
 * failing function can end with `return pinna_fail(error, PINNA_IO, ...)`.
 * error may be NULL. */
pinna_status pinna_fail(pinna_error *error, pinna_status status,
                        const char *format, ...) PINNA_PRINTF(3, 4);

#endif
