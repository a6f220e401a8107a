/*
 * A stand-in for NVIDIA's management library: as many GPUs as the file CONF says, one a line, each of "key=value"
 * pairs. The file is read with the first initialisation. Layouts are written down here by hand, apart from ours.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define API __attribute__((visibility("default")))

typedef struct {
    char name[96], uuid[96], bus[32];
    long total, reserved, used;
    int handlerc, memrc, lostafter, hangms, mig, migmask, profiles, calls, index, parent;
} gpu_t;

typedef struct { unsigned version; unsigned long long total, reserved, free, used; } memory_v2;
typedef struct { unsigned long long total, free, used; } memory_v1;
typedef struct { char legacy[16]; unsigned domain, bus, device, pciDeviceId, pciSubSystemId; char busId[32]; } pci_info;
typedef struct { unsigned pid; unsigned long long memory; unsigned gi, ci; } process_v2;
typedef struct {
    unsigned fieldId, scopeId; long long timestamp, latency; unsigned type; int rc; union { double d; unsigned u; unsigned long long ull; } value;
} field_value;
typedef struct { void *device; unsigned long long type, data; unsigned gi, ci; } event_data;
typedef struct { unsigned id, p2p, slices, instances, sms, ce, dec, enc, jpeg, ofa; unsigned long long mb; } profile_v1;
typedef struct {
    unsigned version, id, p2p, slices, instances, sms, ce, dec, enc, jpeg, ofa;
    unsigned long long mb;
    char name[96];
} profile_v2;
typedef struct { unsigned start, size; } placement;

static gpu_t gpus[16], parts[16][8];
static int count, inits, initrc, xid, xidgpu, xidtold, set;

static void value(char *pair, gpu_t *g) {
    char *v = strchr(pair, '=');
    if (!v) return;
    *v++ = 0;
    for (char *c = v; *c; c++) if (*c == '_') *c = ' ';
    if (!strcmp(pair, "name")) snprintf(g->name, 96, "%s", v);
    else if (!strcmp(pair, "uuid")) snprintf(g->uuid, 96, "%s", v);
    else if (!strcmp(pair, "bus")) snprintf(g->bus, 32, "%s", v);
    else if (!strcmp(pair, "total")) g->total = atol(v) << 20;
    else if (!strcmp(pair, "reserved")) g->reserved = atol(v) << 20;
    else if (!strcmp(pair, "used")) g->used = atol(v) << 20;
    else if (!strcmp(pair, "handlerc")) g->handlerc = atoi(v);
    else if (!strcmp(pair, "memrc")) g->memrc = atoi(v);
    else if (!strcmp(pair, "lostafter")) g->lostafter = atoi(v);
    else if (!strcmp(pair, "hangms")) g->hangms = atoi(v);
    else if (!strcmp(pair, "mig")) { g->mig = 1; g->migmask = atoi(v); }
    else if (!strcmp(pair, "profiles")) g->profiles = atoi(v);
    else if (!strcmp(pair, "initrc")) initrc = atoi(v);
    else if (!strcmp(pair, "xid")) xid = atoi(v);
    else if (!strcmp(pair, "xidgpu")) xidgpu = atoi(v);
}

static void configure(void) {
    memset(gpus, 0, sizeof gpus);
    count = initrc = xid = xidgpu = xidtold = 0;
    FILE *f = fopen(CONF, "r");
    char line[1024];
    while (f && count < 16 && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        gpu_t *g = &gpus[count];
        g->index = count;
        char *save = NULL;
        int is_gpu = !strncmp(line, "gpu", 3);
        for (char *p = strtok_r(line, " ", &save); p; p = strtok_r(NULL, " ", &save)) value(p, g);
        if (!is_gpu) continue;
        for (int i = 0; i < 8; i++) {
            gpu_t *m = &parts[count][i];
            *m = *g;
            m->parent = 1;
            m->index = i;
            snprintf(m->name, 96, "%.60s MIG 1g.10gb", g->name);
            snprintf(m->uuid, 96, "MIG-%d-%d", count, i);
            m->total = 9984L << 20;
            m->reserved = m->used = 0;
        }
        count++;
    }
    if (f) fclose(f);
}

static int ready(gpu_t *g) {
    if (!inits) return 1;
    if (g->hangms) usleep(1000 * (useconds_t) g->hangms);
    if (g->lostafter && ++g->calls > g->lostafter) return 15;
    return 0;
}

#define READY(g) do { int rc_ = ready(g); if (rc_) return rc_; } while (0)
#define WHOLE(g) do { READY(g); if ((g)->parent) return 3; } while (0)

API int nvmlInit_v2(void) {
    if (!inits) configure();
    if (initrc) return initrc;
    inits++;
    return 0;
}
API int nvmlShutdown(void) { if (!inits) return 1; inits--; return 0; }
API int nvmlSystemGetDriverVersion(char *s, unsigned n) { snprintf(s, n, "580.159.03"); return inits ? 0 : 1; }
API int nvmlSystemGetCudaDriverVersion_v2(int *v) { *v = 13000; return inits ? 0 : 1; }
API int nvmlDeviceGetCount_v2(unsigned *n) { *n = count; return inits ? 0 : 1; }
API int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) {
    if (!inits) return 1;
    if (i >= (unsigned) count) return 2;
    *d = &gpus[i];
    return gpus[i].handlerc;
}
API int nvmlDeviceGetName(gpu_t *g, char *s, unsigned n) { READY(g); snprintf(s, n, "%s", g->name); return 0; }
API int nvmlDeviceGetUUID(gpu_t *g, char *s, unsigned n) { READY(g); snprintf(s, n, "%s", g->uuid); return 0; }
API int nvmlDeviceGetPciInfo_v3(gpu_t *g, pci_info *p) {
    WHOLE(g);
    memset(p, 0, sizeof *p);
    snprintf(p->busId, 32, "%s", g->bus);
    return 0;
}
API int nvmlDeviceGetCudaComputeCapability(gpu_t *g, int *a, int *b) { WHOLE(g); *a = 9; *b = 0; return 0; }
API int nvmlDeviceGetComputeMode(gpu_t *g, unsigned *m) { WHOLE(g); *m = 0; return 0; }
API int nvmlDeviceGetMemoryInfo(gpu_t *g, memory_v1 *m) {
    READY(g);
    if (g->memrc == 3) return 3;
    m->total = g->total;
    m->used = g->used + g->reserved;
    m->free = m->total - m->used;
    return 0;
}
API int nvmlDeviceGetMemoryInfo_v2(gpu_t *g, memory_v2 *m) {
    READY(g);
    if (g->memrc) return g->memrc;
    if (m->version != 0x02000028) return 25;
    m->total = g->total;
    m->reserved = g->reserved;
    m->used = g->used;
    m->free = m->total - m->used - m->reserved;
    return 0;
}
API int nvmlDeviceGetUtilizationRates(gpu_t *g, unsigned *u) { WHOLE(g); if (g->mig) return 3; u[0] = 7; u[1] = 3; return 0; }
API int nvmlDeviceGetTemperature(gpu_t *g, int sensor, unsigned *t) { WHOLE(g); *t = 40 + g->index + sensor; return 0; }
API int nvmlDeviceGetTemperatureThreshold(gpu_t *g, int which, unsigned *t) { WHOLE(g); *t = which == 1 ? 90 : 85; return 0; }
API int nvmlDeviceGetMarginTemperature(gpu_t *g, unsigned *m) {
    WHOLE(g);
    if (m[0] != 0x01000008) return 25;
    m[1] = (unsigned) -2;
    return 0;
}
API int nvmlDeviceGetPowerUsage(gpu_t *g, unsigned *p) { WHOLE(g); *p = 71340; return 0; }
API int nvmlDeviceGetEnforcedPowerLimit(gpu_t *g, unsigned *p) { WHOLE(g); *p = 700000; return 0; }
API int nvmlDeviceGetClockInfo(gpu_t *g, int which, unsigned *c) { WHOLE(g); *c = which == 1 ? 1980 : 1; return 0; }
API int nvmlDeviceGetCurrentClocksThrottleReasons(gpu_t *g, unsigned long long *r) { WHOLE(g); *r = 0x100000004ULL; return 0; }
API int nvmlDeviceGetPersistenceMode(gpu_t *g, unsigned *m) { WHOLE(g); *m = 1; return 0; }
API int nvmlDeviceGetTotalEccErrors(gpu_t *g, int type, int counter, unsigned long long *n) {
    WHOLE(g);
    *n = 10ULL * type + counter;
    return 0;
}
API int nvmlDeviceGetRetiredPages(gpu_t *g, int cause, unsigned *n, unsigned long long *pages) {
    WHOLE(g);
    (void) pages;
    if (*n) return 2;
    *n = 2 + cause;
    return 7;
}
API int nvmlDeviceGetRetiredPagesPendingStatus(gpu_t *g, unsigned *p) { WHOLE(g); *p = 0; return 0; }
API int nvmlDeviceGetRemappedRows(gpu_t *g, unsigned *c, unsigned *u, unsigned *p, unsigned *f) {
    WHOLE(g);
    if (g->mig) return 3;
    *c = 4; *u = 5; *p = 1; *f = 0;
    return 0;
}
API int nvmlDeviceGetFieldValues(gpu_t *g, int n, field_value *v) {
    WHOLE(g);
    for (int i = 0; i < n; i++) {
        v[i].rc = v[i].fieldId == 186 ? 0 : 3;
        v[i].type = 1;
        v[i].value.u = 71000;
    }
    return 0;
}
API int nvmlDeviceGetComputeRunningProcesses_v3(gpu_t *g, unsigned *n, process_v2 *p) {
    READY(g);
    unsigned room = *n;
    *n = 2;
    if (room < 2) return 7;
    for (int i = 0; i < 2; i++) {
        p[i].pid = 4000 + 10 * g->index + i;
        p[i].memory = i ? ~0ULL : 1ULL << 30;
        p[i].gi = p[i].ci = 0xFFFFFFFF;
    }
    return 0;
}
API int nvmlDeviceGetGraphicsRunningProcesses_v3(gpu_t *g, unsigned *n, process_v2 *p) { READY(g); (void) p; *n = 0; return 0; }
API int nvmlDeviceGetMigMode(gpu_t *g, unsigned *c, unsigned *p) { WHOLE(g); *c = *p = g->mig; return 0; }
API int nvmlDeviceGetMaxMigDeviceCount(gpu_t *g, unsigned *n) { WHOLE(g); *n = 7; return 0; }
API int nvmlDeviceGetMigDeviceHandleByIndex(gpu_t *g, unsigned i, void **d) {
    WHOLE(g);
    if (!(g->migmask >> i & 1)) return 6;
    *d = &parts[g->index][i];
    return 0;
}
API int nvmlDeviceGetGpuInstanceId(gpu_t *g, unsigned *n) { READY(g); *n = 7 + g->index; return 0; }
API int nvmlDeviceGetComputeInstanceId(gpu_t *g, unsigned *n) { READY(g); *n = 0; return 0; }
/* Two profiles of an H100; profiles=1 knows the first form alone. */
API int nvmlDeviceGetGpuInstanceProfileInfo(gpu_t *g, unsigned n, profile_v1 *p) {
    WHOLE(g);
    if (n > 0x11) return 2;
    if (!g->profiles || (n != 0 && n != 2)) return 3;
    memset(p, 0xEE, sizeof *p);
    p->id = n ? 9 : 19;
    p->slices = n ? 3 : 1;
    p->instances = n ? 2 : 7;
    p->mb = n ? 40448 : 9984;
    return 0;
}
API int nvmlDeviceGetGpuInstanceProfileInfoV(gpu_t *g, unsigned n, profile_v2 *p) {
    WHOLE(g);
    if (g->profiles == 1 || p->version != 0x02000098) return 25;
    profile_v1 one;
    int rc = nvmlDeviceGetGpuInstanceProfileInfo(g, n, &one);
    if (rc) return rc;
    memset(p, 0xEE, sizeof *p);
    p->id = one.id;
    p->slices = one.slices;
    p->instances = one.instances;
    p->mb = one.mb;
    snprintf(p->name, 96, "%s", n ? "3g.40gb" : "1g.10gb");
    return 0;
}
API int nvmlDeviceGetGpuInstancePossiblePlacements_v2(gpu_t *g, unsigned id, placement *p, unsigned *n) {
    WHOLE(g);
    unsigned room = *n;
    *n = id == 9 ? 2 : 7;
    if (!p) return 0;
    if (room < *n) return 7;
    for (unsigned i = 0; i < *n; i++) {
        p[i].start = id == 9 ? 4 * i : i;
        p[i].size = id == 9 ? 4 : 1;
    }
    return 0;
}
API int nvmlDeviceGetNvLinkState(gpu_t *g, unsigned link, unsigned *s) { WHOLE(g); if (link > 1) return 2; *s = link; return 0; }
API int nvmlDeviceGetNvLinkRemotePciInfo_v2(gpu_t *g, unsigned link, pci_info *p) {
    WHOLE(g);
    (void) link;
    memset(p, 0, sizeof *p);
    snprintf(p->busId, 32, "00000000:C0:00.0");
    return 0;
}
API int nvmlEventSetCreate(void **s) { *s = &set; return inits ? 0 : 1; }
API int nvmlDeviceGetSupportedEventTypes(gpu_t *g, unsigned long long *t) { WHOLE(g); *t = 0x1f; return 0; }
API int nvmlDeviceRegisterEvents(gpu_t *g, unsigned long long types, void *s) {
    WHOLE(g);
    return s != &set ? 2 : types == 0xA ? 0 : 3;
}
API int nvmlEventSetWait_v2(void *s, event_data *e, unsigned ms) {
    if (s != &set) return 2;
    if (xid && !xidtold) {
        xidtold = 1;
        memset(e, 0, sizeof *e);
        e->device = &gpus[xidgpu];
        e->type = 8;
        e->data = xid;
        return 0;
    }
    usleep(1000 * (useconds_t) ms);
    return 10;
}
API int nvmlEventSetFree(void *s) { return s == &set ? 0 : 2; }
