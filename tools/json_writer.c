#include "tools/json_writer.h"

#include <math.h>

/* Length of the UTF-8 sequence at text, or 0 when it is none (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF). */
static size_t utf8_length(const unsigned char *text)
{
    const unsigned char a = text[0];
    const size_t n = a < 0x80                ? 1
                     : a >= 0xc2 && a < 0xe0 ? 2
                     : a >= 0xe0 && a < 0xf0 ? 3
                     : a >= 0xf0 && a < 0xf5 ? 4
                                             : 0;

    for (size_t i = 1; i < n; i++)
        if ((text[i] & 0xc0) != 0x80) /* the closing zero stops here */
            return 0;
    if ((a == 0xe0 && text[1] < 0xa0) || (a == 0xed && text[1] >= 0xa0) ||
        (a == 0xf0 && text[1] < 0x90) || (a == 0xf4 && text[1] >= 0x90))
        return 0;
    return n;
}

static void write_string(FILE *file, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    fputc('"', file);
    while (*at) {
        const size_t n = utf8_length(at);
        if (n == 0)
            fputs("\\ufffd", file);
        else if (*at == '"' || *at == '\\')
            fprintf(file, "\\%c", *at);
        else if (*at < 0x20 || *at == 0x7f)
            fprintf(file, "\\u%04x", (unsigned)*at);
        else
            fwrite(at, 1, n, file);
        at += n ? n : 1;
    }
    fputc('"', file);
}

static void begin_member(pinna_json *json, const char *key)
{
    if (json->comma)
        fputs(", ", json->file);
    if (key) {
        write_string(json->file, key);
        fputs(": ", json->file);
    }
}

static void end_member(pinna_json *json)
{
    json->comma = json->depth > 0;
    if (json->depth == 0)
        fputc('\n', json->file);
}

void pinna_json_open(pinna_json *json, const char *key, char bracket)
{
    begin_member(json, key);
    fputc(bracket, json->file);
    json->depth++;
    json->comma = false;
}

void pinna_json_close(pinna_json *json, char bracket)
{
    fputc(bracket, json->file);
    json->depth--;
    end_member(json);
}

void pinna_json_string(pinna_json *json, const char *key, const char *value)
{
    begin_member(json, key);
    if (value)
        write_string(json->file, value);
    else
        fputs("null", json->file);
    end_member(json);
}

void pinna_json_number(pinna_json *json, const char *key, double value,
                       int decimals)
{
    begin_member(json, key);
    if (isfinite(value))
        fprintf(json->file, "%.*f", decimals, value);
    else
        fputs("null", json->file);
    end_member(json);
}

void pinna_json_count(pinna_json *json, const char *key, size_t value)
{
    begin_member(json, key);
    fprintf(json->file, "%zu", value);
    end_member(json);
}

void pinna_json_bool(pinna_json *json, const char *key, bool value)
{
    pinna_json_raw(json, key, value ? "true" : "false");
}

void pinna_json_raw(pinna_json *json, const char *key, const char *text)
{
    begin_member(json, key);
    fputs(text ? text : "null", json->file);
    end_member(json);
}
