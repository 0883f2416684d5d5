import pytest

from recipebatch.vocabulary.clouds import PUBLIC, cloud_of, region_of


@pytest.mark.parametrize(
    ("endpoint", "authority", "scope"),
    [
        (
            "https://a.westeurope.batch.azure.com",
            "login.microsoftonline.com",
            "https://batch.core.windows.net//.default",
        ),
        (
            "https://a.usgovvirginia.batch.usgovcloudapi.net",
            "login.microsoftonline.us",
            "https://batch.core.usgovcloudapi.net//.default",
        ),
        (
            "https://a.chinaeast.batch.chinacloudapi.cn:443/",
            "login.chinacloudapi.cn",
            "https://batch.chinacloudapi.cn//.default",
        ),
        (
            "https://a.blob.core.usgovcloudapi.net",
            "login.microsoftonline.us",
            "https://batch.core.usgovcloudapi.net//.default",
        ),
        ("v.vault.azure.cn", "login.chinacloudapi.cn", "https://batch.chinacloudapi.cn//.default"),
    ],
)
def test_the_cloud_follows_the_suffix_of_the_endpoint(endpoint: str, authority: str, scope: str) -> None:
    cloud = cloud_of(endpoint)
    assert (cloud.authority, cloud.batch_scope) == (authority, scope)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:10000",
        "https://a.batch.usgovcloudapi.net@example.com",
        "https://example.com/a.batch.usgovcloudapi.net",
        "https://evilbatch.usgovcloudapi.net.example.com",
        "",
        "xbatch.chinacloudapi.cn",
    ],
)
def test_any_other_host_is_of_the_public_cloud(endpoint: str) -> None:
    assert cloud_of(endpoint) is PUBLIC


@pytest.mark.parametrize(
    ("endpoint", "region"),
    [
        ("https://a.westeurope.batch.azure.com", "westeurope"),
        ("A.WestEurope.Batch.Azure.com:443", "westeurope"),
        ("https://a.usgovvirginia.batch.usgovcloudapi.net/", "usgovvirginia"),
        ("https://a.batch.azure.com", ""),
        ("https://a.b.westeurope.batch.azure.com", ""),
        ("https://westeurope.batch.example.org", ""),
        ("http://127.0.0.1:8080", ""),
    ],
)
def test_the_address_of_an_account_says_its_region(endpoint: str, region: str) -> None:
    assert region_of(endpoint) == region
