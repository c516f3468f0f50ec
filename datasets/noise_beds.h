/* datasets/noise_beds.h -- synthetic noises that go on: air, wind, crowds,
 * motors
 *
 * Inside the noise maker only. Each draws its parameters and adds to out
 * [maker->n]; the level is arbitrary. */
#ifndef PINNA_DATASETS_NOISE_BEDS_H
#define PINNA_DATASETS_NOISE_BEDS_H

struct maker;

/* Coloured noise: air conditioning, traffic far away, tape, rooms. */
void pinna_noise_steady(const struct maker *maker, float *out);
/* Coloured noise that comes and goes by chance (crowd, traffic, kitchen) and,
 * at times, evenly (rotors, engines, washing). */
void pinna_noise_modulated(const struct maker *maker, float *out);
/* Low noise in waves: wind, sea, storm. */
void pinna_noise_gusts(const struct maker *maker, float *out);
/* Mains or a motor: many harmonics of a pitch that drifts and shakes. */
void pinna_noise_hum(const struct maker *maker, float *out);
/* A few steady tones with slow beats: fans, transformers, whine of drives. */
void pinna_noise_tones(const struct maker *maker, float *out);

#endif
