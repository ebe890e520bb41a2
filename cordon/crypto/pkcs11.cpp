#include "cordon/crypto/pkcs11.h"

#include <dlfcn.h>

#include <array>
#include <vector>

#include "cordon/crypto/aead.h"
#include "cordon/crypto/pkcs11_types.h"

namespace cordon::crypto {

using namespace pkcs11;

namespace {

// The module stays loaded until the process ends: many cannot be unloaded safely, and finalising would close sessions
// of other users in this process (PKCS#11 3.0 5.4: initialisation is one for the process).
const Functions* functions_of(void* module) {
  using GetFunctionList = Rv (*)(const Functions**);
  const auto get = reinterpret_cast<GetFunctionList>(::dlsym(module, "C_GetFunctionList"));  // POSIX: dlsym's result
                                                                                             // may be a function
  const Functions* functions = nullptr;
  return get != nullptr && get(&functions) == kOk ? functions : nullptr;
}

std::string_view reason(Rv rv) {
  switch (rv) {
    case kPinIncorrect:
      return "the PIN is wrong";
    case kPinLocked:
      return "the PIN is locked after too many wrong ones";
    case kMechanismInvalid:
      return "the token does not know AES-GCM";
    default:
      return "";
  }
}

std::unexpected<Error> refused(std::string_view what, Rv rv) {
  const auto words = reason(rv);
  const auto kind = rv == kPinIncorrect || rv == kPinLocked ? ErrorKind::permission : ErrorKind::unavailable;
  return fail(kind,
              words.empty() ? std::format("token: {} gave error 0x{:x}", what, rv) : std::format("token: {}", words));
}

Result<const Functions*> load(const std::filesystem::path& module) {
  if (!module.is_absolute()) {
    return fail(ErrorKind::invalid_input,
                std::format("{}: name the PKCS#11 module with its whole path", module.string()));
  }
  void* const loaded = ::dlopen(module.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr) {
    return fail(ErrorKind::unavailable, std::format("{}: this PKCS#11 module cannot be loaded", module.string()));
  }
  const auto* functions = functions_of(loaded);
  if (functions == nullptr) {
    return fail(ErrorKind::invalid_input, std::format("{} is no PKCS#11 module", module.string()));
  }
  InitializeArguments arguments{.flags = kOsLockingOk};
  const auto rv = functions->initialize(&arguments);
  if (rv != kOk && rv != kAlreadyInitialized) return refused("C_Initialize", rv);
  return functions;
}

bool has_label(const TokenInfo& info, std::string_view label) {
  const std::string_view padded(reinterpret_cast<const char*>(info.label), sizeof info.label);  // char may alias
  const auto end = padded.find_last_not_of(std::string_view(" \0", 2));
  return padded.substr(0, end == std::string_view::npos ? 0 : end + 1) == label;
}

Result<Ulong> slot_of(const Functions& f, std::string_view label) {
  Ulong count = 0;
  if (const auto rv = f.get_slot_list(1, nullptr, &count); rv != kOk) return refused("C_GetSlotList", rv);
  std::vector<Ulong> slots(count);
  if (const auto rv = f.get_slot_list(1, slots.data(), &count); rv != kOk) return refused("C_GetSlotList", rv);
  slots.resize(std::min<std::size_t>(count, slots.size()));
  for (const auto slot : slots) {
    TokenInfo info{};
    if (f.get_token_info(slot, &info) == kOk && has_label(info, label)) return slot;
  }
  return fail(ErrorKind::not_found, std::format("there is no token '{}'", label));
}

template <class T>
Attribute attribute(AttributeType type, T& value) {
  return {type, &value, sizeof value};
}
Attribute label_attribute(std::string& label) { return {kLabel, label.data(), label.size()}; }

Byte* unconst(BytesView bytes) { return const_cast<Byte*>(bytes.data()); }  // the interface knows no const; only read

struct Gcm {
  GcmParameters parameters;
  Mechanism mechanism;
  Gcm(BytesView nonce, BytesView associated)
      : parameters{unconst(nonce),      nonce.size(),      nonce.size() * 8,
                   unconst(associated), associated.size(), kAeadTagSize * 8},
        mechanism{kAesGcm, &parameters, sizeof parameters} {}
  Gcm(const Gcm&) = delete;
  Gcm& operator=(const Gcm&) = delete;
};

}  // namespace

struct TokenKey::Session {
  const Functions* f = nullptr;
  Ulong session = 0;
  Ulong key = 0;

  ~Session() {
    if (session != 0) f->close_session(session);
  }

  Result<void> begin(std::string_view label, std::string_view pin) {
    const auto slot = slot_of(*f, label);
    if (!slot) return std::unexpected(slot.error());
    if (const auto rv = f->open_session(*slot, kSerialSession | kRwSession, nullptr, nullptr, &session); rv != kOk) {
      return refused("C_OpenSession", rv);
    }
    auto copy = Secret::of(pin);
    const auto rv = f->login(session, kUser, copy.bytes().data(), copy.size());
    if (rv != kOk && rv != kAlreadyLoggedIn) return refused("C_Login", rv);
    return {};
  }

  // not_found when there is none; two of one label are refused, for which of them counts?
  Result<void> find(std::string label) {
    auto key_class = kSecretKeyClass;
    auto type = kAes;
    std::array wanted = {attribute(kClass, key_class), attribute(kKeyType, type), label_attribute(label)};
    if (const auto rv = f->find_objects_init(session, wanted.data(), wanted.size()); rv != kOk) {
      return refused("C_FindObjectsInit", rv);
    }
    std::array<Ulong, 2> found{};
    Ulong count = 0;
    const auto rv = f->find_objects(session, found.data(), found.size(), &count);
    f->find_objects_final(session);
    if (rv != kOk) return refused("C_FindObjects", rv);
    if (count == 0) return fail(ErrorKind::not_found, std::format("token '{}' has no AES key '{}'", label, label));
    if (count > 1)
      return fail(ErrorKind::invalid_input, std::format("token '{}' has two AES keys '{}'", label, label));
    key = found[0];
    return {};
  }

  Result<void> make(std::string label) {
    Byte yes = 1;
    Byte no = 0;
    Ulong size = kAeadKeySize;
    std::array wanted = {attribute(kToken, yes),        attribute(kPrivate, yes), attribute(kSensitive, yes),
                         attribute(kExtractable, no),   attribute(kEncrypt, yes), attribute(kDecrypt, yes),
                         attribute(kValueLength, size), label_attribute(label)};
    Mechanism mechanism{kAesKeyGen, nullptr, 0};
    const auto rv = f->generate_key(session, &mechanism, wanted.data(), wanted.size(), &key);
    if (rv != kOk) return refused("C_GenerateKey", rv);
    return {};
  }
};

TokenKey::TokenKey(std::unique_ptr<Session> session) : session_(std::move(session)) {}
TokenKey::TokenKey(TokenKey&&) noexcept = default;
TokenKey& TokenKey::operator=(TokenKey&&) noexcept = default;
TokenKey::~TokenKey() = default;

Result<TokenKey> TokenKey::open(const std::filesystem::path& module, std::string_view label, std::string_view pin,
                                Missing missing) {
  const auto functions = load(module);
  if (!functions) return std::unexpected(functions.error());
  auto session = std::make_unique<Session>();
  session->f = *functions;
  if (auto begun = session->begin(label, pin); !begun) return std::unexpected(begun.error());
  auto found = session->find(std::string(label));
  if (!found && found.error().kind == ErrorKind::not_found && missing == Missing::make) {
    found = session->make(std::string(label));
  }
  if (!found) return std::unexpected(found.error());
  return TokenKey(std::move(session));
}

Result<Bytes> TokenKey::encrypt(BytesView plain, BytesView associated) const {
  Bytes out(kAeadNonceSize + plain.size() + kAeadTagSize);
  const auto nonce = std::span(out).first(kAeadNonceSize);
  fill_random(nonce);
  Gcm gcm(nonce, associated);
  Ulong size = out.size() - kAeadNonceSize;
  const auto& s = *session_;
  if (const auto rv = s.f->encrypt_init(s.session, &gcm.mechanism, s.key); rv != kOk)
    return refused("C_EncryptInit", rv);
  const auto rv = s.f->encrypt(s.session, unconst(plain), plain.size(), out.data() + kAeadNonceSize, &size);
  if (rv != kOk) return refused("C_Encrypt", rv);
  if (size != out.size() - kAeadNonceSize) return fail(ErrorKind::internal, "token: AES-GCM of an unexpected length");
  return out;
}

Result<Secret> TokenKey::decrypt(BytesView sealed, BytesView associated) const {
  if (sealed.size() < kAeadNonceSize + kAeadTagSize) return fail(ErrorKind::corrupt, "token: too short to be opened");
  Gcm gcm(sealed.first(kAeadNonceSize), associated);
  const auto text = sealed.subspan(kAeadNonceSize);
  Secret room(text.size());
  Ulong size = room.size();
  const auto& s = *session_;
  if (const auto rv = s.f->decrypt_init(s.session, &gcm.mechanism, s.key); rv != kOk)
    return refused("C_DecryptInit", rv);
  const auto rv = s.f->decrypt(s.session, unconst(text), text.size(), room.bytes().data(), &size);
  if (rv == kOk && size == text.size() - kAeadTagSize) return Secret::of(room.view().first(size));
  return fail(ErrorKind::permission, "token: its key does not open this: another token, or the file was altered");
}

}  // namespace cordon::crypto
