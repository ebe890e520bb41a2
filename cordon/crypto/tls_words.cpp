#include "cordon/crypto/tls_words.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <format>

namespace cordon::crypto {

namespace {

struct Words {
  int code;
  std::string_view words;
};

constexpr auto kVerification = std::to_array<Words>({
    {X509_V_ERR_CERT_HAS_EXPIRED, "peer's certificate has expired"},
    {X509_V_ERR_CERT_NOT_YET_VALID, "peer's certificate is not yet valid (check both clocks)"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "peer's certificate is from an unknown issuer"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "peer's certificate is from an unknown issuer"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "peer's certificate is from an unknown issuer"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "peer's certificate is from an unknown issuer"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "peer's certificate is self-signed and not among the anchors"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, "peer's certificate is from an unknown issuer (its signature does not fit)"},
    {X509_V_ERR_HOSTNAME_MISMATCH, "peer's certificate is for another name"},
    {X509_V_ERR_IP_ADDRESS_MISMATCH, "peer's certificate is for another address"},
    {X509_V_ERR_INVALID_PURPOSE, "peer's certificate is not for this purpose (extended key usage)"},
    {X509_V_ERR_INVALID_CA, "peer's certificate was signed by a certificate that may not sign"},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, "peer's certificate chain is longer than its authority allows"},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, "peer's certificate chain is too long"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, "peer's key is too weak"},
    {X509_V_ERR_CA_KEY_TOO_SMALL, "the key of peer's authority is too weak"},
    {X509_V_ERR_CERT_REVOKED, "peer's certificate is revoked"},
    {X509_V_ERR_UNABLE_TO_GET_CRL, "no revocation list of the issuer is at hand for peer's certificate"},
    {X509_V_ERR_CRL_HAS_EXPIRED, "the revocation list that peer's certificate needs has expired"},
    {X509_V_ERR_CRL_NOT_YET_VALID, "the revocation list that peer's certificate needs is not yet valid"},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE, "the revocation list that peer's certificate needs is not its issuer's"},
    {X509_V_ERR_CA_MD_TOO_WEAK, "peer's certificate is signed with too weak a digest"},
});

constexpr auto kErrors = std::to_array<Words>({
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, "peer sent no certificate"},
    {SSL_R_UNSUPPORTED_PROTOCOL, "peer offers no version of TLS we allow"},
    {SSL_R_WRONG_VERSION_NUMBER, "peer does not speak TLS, or speaks a version we do not allow"},
    {SSL_R_HTTP_REQUEST, "peer speaks plain HTTP, not TLS"},
    {SSL_R_NO_SHARED_CIPHER, "no shared cipher suite"},
    {SSL_R_NO_SHARED_GROUPS, "no shared key exchange group"},
    {SSL_R_NO_SUITABLE_KEY_SHARE, "no shared key exchange group"},
    {SSL_R_NO_SUITABLE_GROUPS, "no shared key exchange group"},
    {SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, "no shared signature algorithm"},
    {SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, "no shared signature algorithm"},
    {SSL_R_WRONG_SIGNATURE_TYPE, "peer signed with an algorithm we do not allow"},
    {SSL_R_NO_APPLICATION_PROTOCOL, "no shared application protocol (ALPN)"},
    {SSL_R_UNEXPECTED_EOF_WHILE_READING, "peer closed the connection without saying goodbye"},
    {SSL_R_INAPPROPRIATE_FALLBACK, "peer fell back to an older version of TLS"},
    {SSL_R_EXCESSIVE_MESSAGE_SIZE, "peer sent a handshake message that is too long"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "peer allows none of our versions of TLS"},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
     "peer found nothing in common (versions, cipher suites or key exchange groups)"},
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, "peer demands a certificate of ours"},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA, "peer does not know the issuer of our certificate"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, "peer says our certificate has expired"},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "peer refuses our certificate"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, "peer refuses our certificate"},
    {SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, "peer refuses the kind or purpose of our certificate"},
    {SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL, "peer shares none of our application protocols (ALPN)"},
    {SSL_R_TLSV1_ALERT_DECRYPT_ERROR, "peer could not verify our handshake"},
    {SSL_R_TLSV1_ALERT_ACCESS_DENIED, "peer denies us access"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, "peer says our certificate is revoked"},
    {SSL_R_TLSV1_UNRECOGNIZED_NAME, "peer does not serve the name we asked for"},
});

}  // namespace

std::string words_for_verification(long result) {
  for (const auto& entry : kVerification) {
    if (entry.code == result) return std::string(entry.words);
  }
  return std::format("peer's certificate is refused: {}", X509_verify_cert_error_string(result));
}

std::string words_for_error(unsigned long code) {
  if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
    for (const auto& entry : kErrors) {
      if (entry.code == ERR_GET_REASON(code)) return std::string(entry.words);
    }
  }
  const char* reason = ERR_reason_error_string(code);
  return std::format("TLS: {}", reason == nullptr ? "no reason given" : reason);
}

}  // namespace cordon::crypto
