use super::server;

#[tokio::test]
async fn the_catalogue_lists_every_kind_and_finds_each_by_its_id() {
    let server = server();
    for (list, name, entry) in [
        ("/catalog/sources", "sourcesCatalog", "sourceMetadata"),
        ("/catalog/destinations", "destinationsCatalog", "destinationMetadata"),
    ] {
        let answer = server.get(list).await;
        let kinds = answer.data()[name].as_array().unwrap();
        assert!(kinds.len() >= 2);
        for kind in kinds {
            let one = server.get(&format!("{list}/{}", kind["id"].as_str().unwrap())).await;
            assert_eq!(&one.data()[entry], kind);
        }
    }
    let answer = server.get("/catalog/sources").await;
    let ids: Vec<_> =
        answer.data()["sourcesCatalog"].as_array().unwrap().iter().map(|kind| kind["id"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        [
            "javascript",
            "node",
            "python",
            "go",
            "java",
            "ruby",
            "php",
            "net",
            "swift",
            "kotlin",
            "react-native",
            "http-api"
        ]
    );
}
