// As much of PKCS#11's C interface as pkcs11.cpp uses (OASIS PKCS#11 Base Specification 3.0; names as there). On Unix
// the structures have natural alignment and CK_ULONG is unsigned long.
#pragma once

namespace cordon::crypto::pkcs11 {

using Ulong = unsigned long;
using Byte = unsigned char;
using Rv = Ulong;

inline constexpr Rv kOk = 0x0;                     // CKR_OK
inline constexpr Rv kEncryptedDataInvalid = 0x40;  // CKR_ENCRYPTED_DATA_INVALID
inline constexpr Rv kMechanismInvalid = 0x70;      // CKR_MECHANISM_INVALID
inline constexpr Rv kPinIncorrect = 0xa0;          // CKR_PIN_INCORRECT
inline constexpr Rv kPinLocked = 0xa4;             // CKR_PIN_LOCKED
inline constexpr Rv kAlreadyLoggedIn = 0x100;      // CKR_USER_ALREADY_LOGGED_IN
inline constexpr Rv kAlreadyInitialized = 0x191;   // CKR_CRYPTOKI_ALREADY_INITIALIZED

inline constexpr Ulong kOsLockingOk = 0x2;     // CKF_OS_LOCKING_OK
inline constexpr Ulong kRwSession = 0x2;       // CKF_RW_SESSION
inline constexpr Ulong kSerialSession = 0x4;   // CKF_SERIAL_SESSION
inline constexpr Ulong kUser = 1;              // CKU_USER
inline constexpr Ulong kSecretKeyClass = 0x4;  // CKO_SECRET_KEY
inline constexpr Ulong kAes = 0x1f;            // CKK_AES
inline constexpr Ulong kAesKeyGen = 0x1080;    // CKM_AES_KEY_GEN
inline constexpr Ulong kAesGcm = 0x1087;       // CKM_AES_GCM

enum AttributeType : Ulong {
  kClass = 0x0,
  kToken = 0x1,
  kPrivate = 0x2,
  kLabel = 0x3,
  kKeyType = 0x100,
  kSensitive = 0x103,
  kEncrypt = 0x104,
  kDecrypt = 0x105,
  kValueLength = 0x161,
  kExtractable = 0x162,
};

struct Attribute {
  Ulong type;
  void* value;
  Ulong size;
};
struct Mechanism {
  Ulong mechanism;
  void* parameter;
  Ulong size;
};
struct GcmParameters {  // CK_GCM_PARAMS
  Byte* iv;
  Ulong iv_size;
  Ulong iv_bits;
  Byte* associated;
  Ulong associated_size;
  Ulong tag_bits;
};
struct Version {
  Byte major, minor;
};
struct TokenInfo {  // CK_TOKEN_INFO
  Byte label[32];   // padded with blanks
  Byte manufacturer[32];
  Byte model[16];
  Byte serial[16];
  Ulong flags;
  Ulong counters[10];
  Version hardware, firmware;
  Byte utc_time[16];
};
struct InitializeArguments {  // CK_C_INITIALIZE_ARGS
  void* create_mutex;
  void* destroy_mutex;
  void* lock_mutex;
  void* unlock_mutex;
  Ulong flags;
  void* reserved;
};

using Unused = Rv (*)();

// CK_FUNCTION_LIST of 2.40, which every later module still gives from C_GetFunctionList. Order is everything.
struct Functions {
  Version version;
  Rv (*initialize)(void* arguments);
  Rv (*finalize)(void* reserved);
  Unused get_info, get_function_list;
  Rv (*get_slot_list)(Byte token_present, Ulong* slots, Ulong* count);
  Unused get_slot_info;
  Rv (*get_token_info)(Ulong slot, TokenInfo* info);
  Unused get_mechanism_list, get_mechanism_info, init_token, init_pin, set_pin;
  Rv (*open_session)(Ulong slot, Ulong flags, void* application, void* notify, Ulong* session);
  Rv (*close_session)(Ulong session);
  Unused close_all_sessions, get_session_info, get_operation_state, set_operation_state;
  Rv (*login)(Ulong session, Ulong user, Byte* pin, Ulong size);
  Unused logout, create_object, copy_object, destroy_object, get_object_size, get_attribute_value,
      set_attribute_value;
  Rv (*find_objects_init)(Ulong session, Attribute* attributes, Ulong count);
  Rv (*find_objects)(Ulong session, Ulong* objects, Ulong most, Ulong* count);
  Rv (*find_objects_final)(Ulong session);
  Rv (*encrypt_init)(Ulong session, Mechanism* mechanism, Ulong key);
  Rv (*encrypt)(Ulong session, Byte* in, Ulong in_size, Byte* out, Ulong* out_size);
  Unused encrypt_update, encrypt_final;
  Rv (*decrypt_init)(Ulong session, Mechanism* mechanism, Ulong key);
  Rv (*decrypt)(Ulong session, Byte* in, Ulong in_size, Byte* out, Ulong* out_size);
  Unused decrypt_update, decrypt_final;
  Unused digest_init, digest, digest_update, digest_key, digest_final;
  Unused sign_init, sign, sign_update, sign_final, sign_recover_init, sign_recover;
  Unused verify_init, verify, verify_update, verify_final, verify_recover_init, verify_recover;
  Unused digest_encrypt_update, decrypt_digest_update, sign_encrypt_update, decrypt_verify_update;
  Rv (*generate_key)(Ulong session, Mechanism* mechanism, Attribute* attributes, Ulong count, Ulong* key);
};

}  // namespace cordon::crypto::pkcs11
