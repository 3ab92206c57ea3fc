#ifndef MAAS_MIRROR_CGPGME_SHIM_H
#define MAAS_MIRROR_CGPGME_SHIM_H

#include <gpgme.h>

// The libraries' bit fields and macros, as functions that Swift sees.
static inline int shim_key_is_revoked(gpgme_key_t key) { return key->revoked; }
static inline int shim_subkey_is_revoked(gpgme_subkey_t key) { return key->revoked; }
static inline gpgme_err_code_t shim_error_code(gpgme_error_t error) { return gpgme_err_code(error); }

#endif
